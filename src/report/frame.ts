import { formatDuration } from '../base/duration.ts';
import type { FleetView, HostRow, RowState } from './fleet-view.ts';
import { hostNames } from './host-names.ts';
import type { Style } from './style.ts';
import { fit, truncate } from './width.ts';
import { count } from './words.ts';

export interface FrameSize {
  readonly columns: number;
  readonly rows: number;
}

/** More busy hosts than this are shown by task, not by name. */
const mostRows = 30;

const busy: ReadonlySet<RowState> = new Set(['connecting', 'working', 'rolling-back']);

/**
 * The live view as lines, at most `rows - 1` of them and each narrower than the terminal, so that nothing wraps or scrolls:
 * counts, the play and its wave, then the hosts that are at work (or, in a large fleet, what how many of them do).
 */
export function renderFrame(view: FleetView, { columns, rows }: FrameSize, style: Style): string[] {
  const all = [...view.rows()];
  const room = Math.max(0, rows - 4);
  const active = all.filter(({ state }) => busy.has(state));
  const width = Math.max(1, columns - 1);
  const shown =
    active.length > Math.min(mostRows, room) ? byTask(active, view.now, width) : byHost(active, view.now, width);
  const left = shown.length - room;
  const head = [`${counts(all)}  ${seconds(view.elapsedMs)}`, view.stage].filter((line) => line !== '');
  return [
    ...head.map((line, i) => (i === 0 ? style.strong(truncate(line, width)) : truncate(line, width))),
    ...(left > 0 ? shown.slice(0, Math.max(0, room - 1)) : shown),
    ...(left > 0 ? [style.quiet(truncate(`  ... ${left + 1} more`, width))] : []),
  ].slice(0, Math.max(1, rows - 1));
}

const counted: readonly (readonly [word: string, states: readonly RowState[]])[] = [
  ['done', ['ok', 'skipped']],
  ['failed', ['failed', 'rollback-failed']],
  ['unreachable', ['unreachable']],
  ['rolled back', ['rolled-back']],
  ['working', ['connecting', 'working', 'rolling-back']],
  ['waiting', ['waiting']],
];

function counts(rows: readonly HostRow[]): string {
  const parts = counted.flatMap(([word, states]) => {
    const n = rows.filter(({ state }) => states.includes(state)).length;
    return n === 0 ? [] : [`${n} ${word}`];
  });
  return `${count(rows.length, 'host')}: ${parts.join(', ')}`;
}

function byHost(rows: readonly HostRow[], now: number, width: number): string[] {
  const names = Math.min(24, Math.max(0, ...rows.map(({ host }) => host.length)));
  return rows.map((row) => {
    const text = [doing(row), row.note].filter((part) => part !== undefined && part !== '').join('  ');
    return truncate(`  ${fit(row.host, names)}  ${seconds(now - row.since).padStart(6)}  ${text}`, width);
  });
}

/** What most hosts do comes first; the one that has been at it longest is named, since it is what the others wait for. */
function byTask(rows: readonly HostRow[], now: number, width: number): string[] {
  const groups = new Map<string, HostRow[]>();
  for (const row of rows) {
    const group = groups.get(doing(row)) ?? [];
    groups.set(doing(row), group);
    group.push(row);
  }
  return [...groups]
    .toSorted(([, a], [, b]) => b.length - a.length)
    .map(([what, group]) => {
      const slowest = group.reduce((a, b) => (b.since < a.since ? b : a));
      const wait = `${slowest.host} for ${seconds(now - slowest.since)}`;
      const who =
        group.length === 1
          ? wait
          : `${hostNames(
              group.map(({ host }) => host),
              2,
            )}, ${wait}`;
      return truncate(`  ${String(group.length).padStart(5)}  ${what}  ${who}`, width);
    });
}

function doing({ state, task }: HostRow): string {
  if (task !== undefined) return task;
  return state === 'connecting' ? 'connecting' : 'between tasks';
}

/** Whole seconds: a clock that shows tenths is a flicker. */
function seconds(ms: number): string {
  const whole = Math.floor(ms / 1000);
  return whole < 60 ? `${whole}s` : formatDuration(whole * 1000);
}
