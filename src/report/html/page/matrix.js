/** @import { View } from './view.js' */
/** @import { Group } from './groups.js' */
/** @import { Selection } from './filter.js' */
import { el, foreign } from './dom.js';
import { counted, grouped } from './format.js';
import { describeGroup, groupHosts } from './groups.js';
import { showHost, showTask } from './result-panel.js';
import { hostName, hostStatuses, kindNone, kindOf, kinds, taskOf } from './view.js';
import { WindowedRows } from './windowed-rows.js';

/** A row: a group of hosts, or one host of a group that is open or has no other. @typedef {{ readonly group: Group, readonly host?: number }} Row */

const matrixRowPx = 26;

/** The matrix of results: hosts that ended alike in one row, tasks in columns. A grid as ARIA has it: arrows move, Enter opens. */
export class Matrix {
  /** @type {View} */
  #view;
  /** @type {Selection} */
  #selection;
  /** @type {readonly Group[]} */
  #groups = [];
  /** @type {Set<string>} */
  #open = new Set();
  /** @type {readonly Row[]} */
  #rows = [];
  /** The cell that the keyboard is at; column -1 is the name. */
  #at = { row: 0, column: -1 };
  #head = el('div', { class: 'head', role: 'rowgroup' });
  #grid = el('div', { class: 'grid', role: 'grid', 'aria-label': 'Results: hosts and tasks', tabindex: -1 });
  #about = el('p', { class: 'quiet', 'aria-live': 'polite' });
  /** @type {WindowedRows} */
  #list;

  /**
   * @param {View} view
   * @param {Selection} selection
   * @param {HTMLElement} place
   */
  constructor(view, selection, place) {
    this.#view = view;
    this.#selection = selection;
    this.#grid.append(this.#head);
    place.append(this.#about, legend(), this.#grid);
    this.#list = new WindowedRows(this.#grid);
    this.#grid.addEventListener('click', (event) => this.#onClick(event));
    this.#grid.addEventListener('keydown', (event) => this.#onKey(event));
    this.#grid.addEventListener('pointerover', (event) => this.#onHover(event));
    this.show(selection);
  }

  /** @param {Selection} selection */
  show(selection) {
    this.#selection = selection;
    this.#groups = groupHosts(this.#view, selection.hosts, selection.tasks);
    this.#at = { row: 0, column: -1 };
    this.#drawHead();
    this.#drawRows();
    const { hosts, tasks } = this.#view.report;
    const shown = selection.isAll
      ? `${counted(hosts.length, 'host')} × ${counted(tasks.length, 'task')}`
      : `${grouped(selection.hosts.length)} of ${counted(hosts.length, 'host')} × ${grouped(selection.tasks.length)} of ${counted(tasks.length, 'task')}`;
    const alike =
      this.#groups.length < selection.hosts.length
        ? `, in ${counted(this.#groups.length, 'group')} that ended alike`
        : '';
    this.#about.textContent = selection.hosts.length === 0 ? 'No host is left by these filters.' : shown + alike;
  }

  #drawRows() {
    this.#rows = this.#groups.flatMap((group) => [
      ...(group.hosts.length > 1 ? [{ group }] : []),
      ...(group.hosts.length === 1 || this.#open.has(group.key) ? group.hosts.map((host) => ({ group, host })) : []),
    ]);
    this.#grid.hidden = this.#rows.length === 0;
    this.#grid.setAttribute('aria-rowcount', String(this.#rows.length + 1));
    this.#list.show({ count: this.#rows.length, heightPx: matrixRowPx, render: (row) => this.#row(row) });
  }

  #drawHead() {
    const { tasks } = this.#selection;
    this.#grid.setAttribute('aria-colcount', String(tasks.length + 1));
    this.#grid.style.setProperty('--columns', String(tasks.length));
    const names = tasks.map((task, i) => {
      const { name, module } = taskOf(this.#view, task);
      const isNewPlay = i > 0 && taskOf(this.#view, tasks[i - 1] ?? -1).play !== taskOf(this.#view, task).play;
      return el(
        'div',
        {
          class: `task${isNewPlay ? ' new-play' : ''}`,
          role: 'columnheader',
          'aria-colindex': i + 2,
          title: `${name} (${module})`,
        },
        foreign(name),
      );
    });
    this.#head.replaceChildren(
      this.#plays(),
      el(
        'div',
        { class: 'tasks', role: 'row', 'aria-rowindex': 1 },
        el('div', { class: 'corner', role: 'columnheader' }, 'hosts'),
        ...names,
      ),
    );
  }

  #plays() {
    /** @type {{ play: number, count: number }[]} */
    const spans = [];
    for (const task of this.#selection.tasks) {
      const { play } = taskOf(this.#view, task);
      const last = spans.at(-1);
      if (last?.play === play) last.count++;
      else spans.push({ play, count: 1 });
    }
    const bands = spans.map(({ play, count }) => {
      const name = this.#view.report.plays[play] ?? '';
      const band = el('div', { class: 'play', title: name }, foreign(name));
      band.style.setProperty('--span', String(count));
      return band;
    });
    return el('div', { class: 'plays', 'aria-hidden': 'true' }, el('div', { class: 'corner' }), ...bands);
  }

  /** @param {number} index */
  #row(index) {
    const row = this.#rows[index];
    if (row === undefined) return el('div', {});
    const { group, host } = row;
    const first = host ?? group.hosts[0] ?? -1;
    const cells = this.#selection.tasks.map((task, column) => {
      const kind = this.#view.cells[first]?.[task] ?? kindNone;
      const { key, mark } = kindOf(kind);
      const dim = this.#selection.isWanted(kind) ? '' : ' dim';
      const isNewPlay =
        column > 0 &&
        taskOf(this.#view, this.#selection.tasks[column - 1] ?? -1).play !== taskOf(this.#view, task).play;
      return el(
        'div',
        {
          class: `cell k-${key}${dim}${isNewPlay ? ' new-play' : ''}`,
          role: 'gridcell',
          tabindex: this.#isAt(index, column) ? 0 : -1,
          'aria-colindex': column + 2,
          'aria-label': `${this.#nameOf(row)}, ${taskOf(this.#view, task).name}: ${kindOf(kind).word}`,
          'data-column': column,
        },
        mark,
      );
    });
    const isMember = host !== undefined && group.hosts.length > 1;
    return el(
      'div',
      { class: `row${isMember ? ' member' : ''}`, role: 'row', 'aria-rowindex': index + 2, 'data-row': index },
      this.#header(row, index),
      ...cells,
    );
  }

  /**
   * @param {Row} row
   * @param {number} index
   */
  #header(row, index) {
    const { group, host } = row;
    const { mark, word, tone } = hostStatuses[group.status];
    const isGroup = host === undefined;
    const isMember = !isGroup && group.hosts.length > 1;
    const isOpen = this.#open.has(group.key);
    const fold = isOpen ? '▾' : '▸';
    const about = describeGroup(this.#view, group, this.#selection.tasks);
    return el(
      'div',
      {
        class: 'cell name',
        role: 'rowheader',
        tabindex: this.#isAt(index, -1) ? 0 : -1,
        'aria-colindex': 1,
        'aria-expanded': isGroup ? String(isOpen) : undefined,
        'data-column': -1,
        title: `${this.#nameOf(row)}: ${word}; ${about}`,
      },
      el('span', { class: 'fold', 'aria-hidden': 'true' }, isGroup && fold),
      !isMember && el('span', { class: `chip ${tone}` }, `${mark} ${word}`),
      isGroup ? el('strong', {}, counted(group.hosts.length, 'host')) : foreign(hostName(this.#view, host), 'host'),
      isGroup && el('span', { class: 'quiet' }, about),
    );
  }

  /** @param {Row} row */
  #nameOf({ group, host }) {
    return host === undefined ? counted(group.hosts.length, 'host') : hostName(this.#view, host);
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  #isAt(row, column) {
    return this.#at.row === row && this.#at.column === column;
  }

  /** @param {Event} event */
  #onClick(event) {
    const place = placeOf(event.target);
    if (place === undefined) return;
    this.#goTo(place.row, place.column);
    this.#activate();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    const { row, column } = this.#at;
    const last = { row: this.#rows.length - 1, column: this.#selection.tasks.length - 1 };
    /** @type {Readonly<Record<string, readonly [row: number, column: number]>>} */
    const moves = {
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [event.ctrlKey ? 0 : row, -1],
      End: [event.ctrlKey ? last.row : row, last.column],
      PageUp: [row - 10, column],
      PageDown: [row + 10, column],
    };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.#goTo(Math.min(Math.max(to[0], 0), last.row), Math.min(Math.max(to[1], -1), last.column));
    } else if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      this.#activate();
    }
  }

  /**
   * @param {number} row
   * @param {number} column
   */
  #goTo(row, column) {
    this.#grid.querySelector('[role=row] [tabindex="0"]')?.setAttribute('tabindex', '-1');
    this.#at = { row, column };
    const cell = this.#list.reveal(row)?.querySelector(`[data-column="${column}"]`);
    if (!(cell instanceof HTMLElement)) return;
    cell.tabIndex = 0;
    cell.focus({ preventScroll: column < 0 });
  }

  #activate() {
    const { row, column } = this.#at;
    const at = this.#rows[row];
    if (at === undefined) return;
    const { group, host } = at;
    const task = this.#selection.tasks[column];
    if (task !== undefined) showTask(this.#view, host === undefined ? group.hosts : [host], task);
    else if (host !== undefined) showHost(this.#view, host);
    else {
      if (!this.#open.delete(group.key)) this.#open.add(group.key);
      this.#drawRows();
      this.#goTo(row, -1);
    }
  }

  /** @param {Event} event */
  #onHover(event) {
    const place = placeOf(event.target);
    for (const marked of this.#head.querySelectorAll('.task.here')) marked.classList.remove('here');
    if (place === undefined || place.column < 0) return;
    this.#head.querySelector(`.task:nth-child(${place.column + 2})`)?.classList.add('here');
    const cell = event.target;
    if (cell instanceof HTMLElement && cell.title === '') cell.title = cell.getAttribute('aria-label') ?? '';
  }
}

/** @param {EventTarget | null} target */
function placeOf(target) {
  const cell = target instanceof Element ? target.closest('[data-column]') : null;
  const row = cell?.closest('[data-row]');
  if (!(cell instanceof HTMLElement) || !(row instanceof HTMLElement)) return undefined;
  return { row: Number(row.dataset['row']), column: Number(cell.dataset['column']) };
}

function legend() {
  const entries = kinds
    .filter(({ key }) => key !== 'none')
    .flatMap(({ key, mark, word }) => [el('span', { class: `mark k-${key}` }, mark), el('span', {}, word)]);
  return el('p', { class: 'legend', 'aria-hidden': 'true' }, ...entries);
}
