/** @import { View } from './view.js' */
/** @import { Selection } from './filter.js' */
import { el, foldable, foreign } from './dom.js';
import { counted } from './format.js';
import { detailNodes, namesOf } from './result-panel.js';
import { detailOf, kindUndone, taskOf } from './view.js';

/** Distinct changes of a task that are shown at once. */
const mostChanges = 20;

/**
 * What each task changed, with the diffs, each once for all hosts that have it.
 *
 * @param {View} view
 * @param {Selection} selection
 * @param {HTMLElement} place
 */
export function showChanges(view, selection, place) {
  const hosts = new Set(selection.hosts);
  const tasks = new Set(selection.tasks);
  /** @type {Map<number, Map<number, number[]>>} */
  const changes = new Map();
  for (const [host, task, status, , , , detail] of view.report.results) {
    if (status !== 1 || !hosts.has(host) || !tasks.has(task)) continue;
    const ofTask = changes.get(task) ?? new Map();
    changes.set(task, ofTask);
    ofTask.set(detail, [...(ofTask.get(detail) ?? []), host]);
  }
  const cards = selection.tasks.flatMap((task) => {
    const ofTask = changes.get(task);
    return ofTask === undefined ? [] : [taskCard(view, task, [...ofTask])];
  });
  place.replaceChildren(
    ...(cards.length === 0
      ? [
          el(
            'p',
            { class: 'quiet' },
            selection.isAll ? 'Nothing was changed.' : 'Nothing was changed on what the filters leave.',
          ),
        ]
      : cards),
  );
}

/**
 * @param {View} view
 * @param {number} task
 * @param {[detail: number, hosts: number[]][]} changes
 */
function taskCard(view, task, changes) {
  const { name, module } = taskOf(view, task);
  const hosts = changes.flatMap(([, of]) => of);
  const back = hosts.filter((host) => view.cells[host]?.[task] === kindUndone).length;
  const about = [
    counted(hosts.length, 'host'),
    changes.length > 1 && `${changes.length} different changes`,
    back > 0 && `taken back on ${back}`,
  ];
  return foldable(
    [
      el(
        'span',
        { class: `mark ${back === hosts.length ? 'k-undone' : 'k-changed'}`, 'aria-hidden': 'true' },
        back === hosts.length ? '↶' : '∆',
      ),
      foreign(name, 'name'),
      el('span', { class: 'quiet' }, `${module} · ${about.filter((part) => part !== false).join(' · ')}`),
    ],
    () => {
      const sorted = changes.toSorted((a, b) => b[1].length - a[1].length);
      const shown = sorted.slice(0, mostChanges).map((change) => changeCard(view, change));
      const rest = sorted.slice(mostChanges);
      return [
        ...shown,
        rest.length > 0 && foldable([`${rest.length} more`], () => rest.map((change) => changeCard(view, change))),
      ];
    },
    { className: 'card change' },
  );
}

/**
 * @param {View} view
 * @param {[detail: number, hosts: number[]]} change
 */
function changeCard(view, [detail, hosts]) {
  const nodes = detailNodes(view, detailOf(view, detail));
  const has = nodes.some((node) => node !== undefined && node !== false);
  return el(
    'div',
    { class: 'same' },
    namesOf(view, hosts),
    ...(has ? nodes : [el('p', { class: 'quiet' }, 'It told nothing about what it changed.')]),
  );
}
