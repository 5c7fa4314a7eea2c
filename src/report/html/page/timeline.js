/** @import { View } from './view.js' */
/** @import { Selection } from './filter.js' */
/** @import { Wave } from '../run-report.ts' */
/** @import { Zoom } from './zoom.js' */
import { button, el, foreign } from './dom.js';
import { counted, duration, moment } from './format.js';
import { showHost } from './result-panel.js';
import { hostName, hostStatuses, kindOf, taskOf } from './view.js';
import { WindowedRows } from './windowed-rows.js';
import { ticks, waveName, zoomsOf } from './zoom.js';

const lanePx = 16;

/** More than these make a list to choose from. */
const mostButtons = 14;

/** Hosts in rows, time from left to right: what each was doing when. */
export class Timeline {
  /** @type {View} */
  #view;
  /** @type {Selection} */
  #selection;
  /** @type {readonly Zoom[]} */
  #zooms;
  /** @type {Zoom} */
  #zoom;
  /** @type {readonly number[]} */
  #hosts = [];
  #at = 0;
  /** @type {(zoom: string) => void} */
  #onZoom;
  #bar = el('div', { class: 'zooms', role: 'group', 'aria-label': 'Zoom the timeline' });
  #waves = el('div', { class: 'waves' });
  #axis = el('div', { class: 'axis', 'aria-hidden': 'true' });
  #box = el('div', { class: 'lanes', role: 'list', 'aria-label': 'Timeline: what each host did when', tabindex: -1 });
  /** @type {WindowedRows} */
  #list;

  /**
   * @param {View} view
   * @param {Selection} selection
   * @param {string} zoom
   * @param {HTMLElement} place
   * @param {(zoom: string) => void} onZoom
   */
  constructor(view, selection, zoom, place, onZoom) {
    this.#view = view;
    this.#selection = selection;
    this.#zooms = zoomsOf(view);
    this.#zoom = this.#zoomOf(zoom);
    this.#onZoom = onZoom;
    this.#box.append(el('div', { class: 'lanes-head' }, this.#axis));
    place.append(this.#bar, this.#waves, this.#box);
    this.#list = new WindowedRows(this.#box);
    this.#box.addEventListener('click', (event) => this.#onClick(event));
    this.#box.addEventListener('keydown', (event) => this.#onKey(event));
    this.show(selection, zoom);
  }

  /**
   * @param {Selection} selection
   * @param {string} zoom
   */
  show(selection, zoom) {
    this.#selection = selection;
    this.#zoom = this.#zoomOf(zoom);
    const inWave = this.#zoom.hosts === undefined ? undefined : new Set(this.#zoom.hosts);
    const begun = new Map(this.#selection.hosts.map((host) => [host, this.#beginOf(host)]));
    this.#hosts = selection.hosts
      .filter((host) => inWave?.has(host) ?? true)
      .toSorted((a, b) => (begun.get(a) ?? 0) - (begun.get(b) ?? 0) || a - b);
    this.#at = 0;
    this.#drawBar();
    this.#drawWaves();
    this.#axis.replaceChildren(...ticks(this.#zoom));
    this.#list.show({ count: this.#hosts.length, heightPx: lanePx, render: (row) => this.#lane(row) });
  }

  /** @param {string} key */
  #zoomOf(key) {
    const found = this.#zooms.find((zoom) => zoom.key === key) ?? this.#zooms[0];
    return found ?? { key: '', label: 'all', phase: 0, fromMs: 0, toMs: 1 };
  }

  /** When a host had its turn: the last wave that has it began. @param {number} host */
  #beginOf(host) {
    const waves = this.#view.report.phases[this.#zoom.phase]?.waves ?? [];
    return waves.findLast(({ hosts }) => hosts.includes(host))?.fromMs ?? Number.MAX_SAFE_INTEGER;
  }

  #drawBar() {
    const { from } = this.#view.report;
    this.#bar.hidden = this.#zooms.length < 2;
    if (this.#zooms.length > mostButtons) {
      const options = this.#zooms.map((zoom) =>
        el('option', { value: zoom.key, selected: zoom === this.#zoom }, zoom.label),
      );
      const choice = el('select', { 'aria-label': 'Show' }, ...options);
      choice.addEventListener('change', () => this.#onZoom(choice.value));
      this.#bar.replaceChildren(choice);
      return;
    }
    const buttons = this.#zooms.map((zoom) => {
      const title = `${moment(from + zoom.fromMs)}, ${duration(zoom.toMs - zoom.fromMs)}`;
      return button(zoom.label, () => this.#onZoom(zoom.key), { 'aria-pressed': String(zoom === this.#zoom), title });
    });
    this.#bar.replaceChildren(...buttons);
  }

  /** The rollout at a glance, however many hosts there are: each wave as a bar. */
  #drawWaves() {
    const waves = this.#view.report.phases[this.#zoom.phase]?.waves ?? [];
    const isWhole = this.#zoom.hosts === undefined;
    this.#waves.hidden = !isWhole || waves.length < 2;
    this.#waves.replaceChildren(
      ...waves.map((wave, i) => {
        const name = waveName(this.#view, wave);
        const failed = this.#failedIn(wave);
        const words =
          failed > 0 ? `${counted(wave.hosts.length, 'host')}, ${failed} ×` : counted(wave.hosts.length, 'host');
        const bar = el('i', { class: `wave${failed > 0 ? ' failed' : ''}` }, el('span', {}, words));
        this.#place(bar, wave.fromMs, wave.toMs);
        const label = button('', () => this.#onZoom(`${this.#zoom.phase}.${i}`), {
          class: 'name',
          title: `zoom to ${name}`,
        });
        label.append(foreign(name));
        const ends = failed > 0 ? `, ${failed} failed` : '';
        const about = `${counted(wave.hosts.length, 'host')}${ends}, ${duration(wave.toMs - wave.fromMs)}`;
        return el('div', { class: 'lane' }, label, el('div', { class: 'track', title: `${name}: ${about}` }, bar));
      }),
    );
  }

  /** How many hosts failed during a wave. @param {Wave} wave */
  #failedIn({ hosts, fromMs, toMs }) {
    const failed = hosts.filter((host) =>
      this.#view
        .resultsOn(host)
        .some(([, , status, , startMs]) => (status === 4 || status === 5) && startMs >= fromMs && startMs <= toMs),
    );
    return failed.length;
  }

  /** @param {number} row */
  #lane(row) {
    const host = this.#hosts[row] ?? -1;
    const { report } = this.#view;
    const status = hostStatuses[report.hosts[host]?.status ?? 'waiting'];
    const track = el('div', { class: 'track', 'aria-hidden': 'true' }, ...this.#bars(host));
    const name = hostName(this.#view, host);
    const done = this.#view.resultsOn(host).filter((result) => result[3] === this.#zoom.phase).length;
    return el(
      'div',
      {
        class: 'lane',
        role: 'listitem',
        'data-row': row,
        tabindex: row === this.#at ? 0 : -1,
        'aria-label': `${name}: ${status.word}, ${counted(done, 'task')}; Enter shows them`,
      },
      el(
        'span',
        { class: 'name', title: `${name}: ${status.word}` },
        el('span', { class: `mini ${status.tone}` }, status.mark),
        foreign(name),
      ),
      track,
    );
  }

  /** @param {number} host */
  #bars(host) {
    const { report } = this.#view;
    const { phase } = this.#zoom;
    const wanted = new Set(this.#selection.tasks);
    const tasks = this.#view
      .resultsOn(host)
      .filter((result) => result[3] === phase)
      .flatMap(([, task, status, , startMs, elapsedMs]) => {
        const { key, mark, word } = kindOf(status);
        const isNoteworthy = key === 'failed' || key === 'unreachable' || key === 'open';
        if (key === 'skipped' || (elapsedMs < 1 && !isNoteworthy)) return [];
        const dim =
          wanted.has(task) && this.#selection.isWanted(this.#view.cells[host]?.[task] ?? status) ? '' : ' dim';
        const bar = el(
          'i',
          { class: `bar b-${key}${dim}`, title: `${taskOf(this.#view, task).name}: ${word}, ${duration(elapsedMs)}` },
          isNoteworthy && mark,
        );
        return this.#place(bar, startMs, startMs + elapsedMs) ? [bar] : [];
      });
    const rollbacks = report.rollbacks
      .filter((rollback) => rollback[0] === host && rollback[1] === phase)
      .flatMap(([, , startMs, elapsedMs, undone, failed]) => {
        const words =
          failed === 0
            ? `${counted(undone, 'step')} taken back`
            : `${counted(undone, 'step')} taken back, ${failed} not`;
        const bar = el(
          'i',
          {
            class: `bar ${failed === 0 ? 'b-undone' : 'b-failed'}`,
            title: `rollback: ${words}, ${duration(elapsedMs)}`,
          },
          '↶',
        );
        return this.#place(bar, startMs, startMs + elapsedMs) ? [bar] : [];
      });
    const deadmen = report.deadmen
      .filter((deadman) => deadman[0] === host && deadman[1] === phase)
      .flatMap(([, , atMs, what]) => {
        const bar = el(
          'i',
          { class: `bar moment ${what === 'fired' ? 'b-failed' : ''}`, title: `deadman ${what}` },
          'D',
        );
        return this.#place(bar, atMs, atMs) ? [bar] : [];
      });
    return [...tasks, ...rollbacks, ...deadmen];
  }

  /**
   * Puts a bar where its time is; false when that is out of sight.
   *
   * @param {HTMLElement} bar
   * @param {number} fromMs
   * @param {number} toMs
   */
  #place(bar, fromMs, toMs) {
    const zoom = this.#zoom;
    const span = Math.max(1, zoom.toMs - zoom.fromMs);
    if (toMs < zoom.fromMs || fromMs > zoom.toMs) return false;
    const left = Math.max(0, (fromMs - zoom.fromMs) / span);
    const right = Math.min(1, (toMs - zoom.fromMs) / span);
    bar.style.insetInlineStart = `${(left * 100).toFixed(3)}%`;
    bar.style.inlineSize = `${((right - left) * 100).toFixed(3)}%`;
    return true;
  }

  /** @param {Event} event */
  #onClick(event) {
    const lane = event.target instanceof Element ? event.target.closest('[data-row]') : null;
    if (lane instanceof HTMLElement) this.#goTo(Number(lane.dataset['row']), true);
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const last = this.#hosts.length - 1;
    /** @type {Readonly<Record<string, number>>} */
    const moves = {
      ArrowUp: this.#at - 1,
      ArrowDown: this.#at + 1,
      PageUp: this.#at - 20,
      PageDown: this.#at + 20,
      Home: 0,
      End: last,
    };
    const to = moves[event.key];
    if (to === undefined && event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    this.#goTo(Math.min(Math.max(to ?? this.#at, 0), last), to === undefined);
  }

  /**
   * @param {number} row
   * @param {boolean} isChosen
   */
  #goTo(row, isChosen) {
    this.#box.querySelector('[tabindex="0"]')?.setAttribute('tabindex', '-1');
    this.#at = row;
    const lane = this.#list.reveal(row);
    if (lane === undefined) return;
    lane.tabIndex = 0;
    lane.focus({ preventScroll: true });
    const host = this.#hosts[row];
    if (isChosen && host !== undefined) showHost(this.#view, host);
  }
}
