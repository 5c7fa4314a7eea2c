/** @import { View } from './view.js' */
/** @import { Phase, Wave } from '../run-report.ts' */
import { el } from './dom.js';
import { duration } from './format.js';
import { phaseName } from './headline.js';

/**
 * What the timeline shows: a phase, or one wave of it.
 *
 * @typedef {{ readonly key: string, readonly label: string, readonly phase: number, readonly fromMs: number, readonly toMs: number, readonly hosts?: readonly number[] }} Zoom
 */

/**
 * Everything there is to zoom to.
 *
 * @param {View} view
 * @returns {readonly Zoom[]}
 */
export function zoomsOf(view) {
  const { phases } = view.report;
  /** @type {Zoom[]} */
  const zooms = [];
  for (const [i, phase] of phases.entries()) {
    const { fromMs, toMs, waves } = phase;
    const label = phases.length > 1 ? phaseLabel(phase, i) : 'the whole run';
    zooms.push({ key: i === 0 ? '' : String(i), label, phase: i, fromMs, toMs });
    for (const [n, wave] of waves.length > 1 ? waves.entries() : []) {
      const { hosts } = wave;
      zooms.push({
        key: `${i}.${n}`,
        label: waveName(view, wave),
        phase: i,
        fromMs: wave.fromMs,
        toMs: wave.toMs,
        hosts,
      });
    }
  }
  return zooms;
}

/**
 * @param {Phase} phase
 * @param {number} index
 */
function phaseLabel(phase, index) {
  return `${index + 1}: ${phaseName(phase)}`;
}

/**
 * @param {View} view
 * @param {Wave} wave
 */
export function waveName({ report }, { play, wave, waves }) {
  const name = report.plays[play] ?? '';
  return waves > 1 ? `${name} ${wave}/${waves}` : name;
}

/**
 * The marks of the time axis: ten at most, at round times.
 *
 * @param {Zoom} zoom
 */
export function ticks({ fromMs, toMs }) {
  const span = Math.max(1, toMs - fromMs);
  const steps = [
    10, 50, 100, 500, 1000, 2000, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000, 21_600_000,
    86_400_000,
  ];
  const step = steps.find((each) => span / each <= 10) ?? span;
  return Array.from({ length: Math.floor(span / step) + 1 }, (_, i) => {
    const tick = el('span', { class: 'tick' }, i === 0 ? '0' : duration(i * step));
    tick.style.insetInlineStart = `${((i * step) / span) * 100}%`;
    return tick;
  });
}
