/** @import { ResultDetail, Result, ReportedError } from '../run-report.ts' */
/** @import { Child } from './dom.js' */
/** @import { View } from './view.js' */
import { button, byId, el, foldable, foreign } from './dom.js';
import { clock, counted, duration, sentence } from './format.js';
import { detailOf, hostName, kindOf, kindUndone, statusOf, taskOf } from './view.js';

/** Names that are told at once. */
const mostNames = 8;

/** @type {Element | null} */
let opener = null;

/**
 * Everything about one task on some hosts.
 *
 * @param {View} view
 * @param {readonly number[]} hosts
 * @param {number} task
 */
export function showTask(view, hosts, task) {
  const { name, module, at, play } = taskOf(view, task);
  /** @type {Map<string, Result[]>} */
  const alike = new Map();
  for (const host of hosts) {
    for (const result of view.resultsOf(host, task)) {
      const key = `${result[3]} ${result[2]} ${result[6]}`;
      alike.set(key, [...(alike.get(key) ?? []), result]);
    }
  }
  const facts = [view.report.plays[play], module, at].filter((fact) => fact !== undefined && fact !== '');
  openPanel(
    name,
    el('p', { class: 'quiet' }, facts.join(' · ')),
    ...(alike.size === 0 ? [el('p', {}, 'These hosts did not come to this task.')] : []),
    ...[...alike.values()].map((results) => resultCard(view, results)),
  );
}

/**
 * Everything about one host, task by task.
 *
 * @param {View} view
 * @param {number} host
 */
export function showHost(view, host) {
  const reported = view.report.hosts[host];
  const { word, mark, tone } = statusOf(reported);
  const { ok = 0, changed = 0, skipped = 0, failed = 0, undone = 0 } = reported ?? {};
  openPanel(
    hostName(view, host),
    el('p', {}, el('span', { class: `chip ${tone}` }, `${mark} ${word}`)),
    el('p', { class: 'quiet' }, `ok=${ok} changed=${changed} skipped=${skipped} failed=${failed} undone=${undone}`),
    ...view.resultsOn(host).map((result) => {
      const kind = kindOf(shownKind(view, result));
      const isBad = ['failed', 'unreachable', 'open'].includes(kind.key);
      return foldable(
        [
          el('span', { class: `mark k-${kind.key}`, 'aria-hidden': 'true' }, kind.mark),
          foreign(taskOf(view, result[1]).name, 'name'),
          el('span', { class: 'quiet' }, `${kind.word} · ${duration(result[5])}`),
        ],
        () => detailNodes(view, detailOf(view, result[6])),
        { isOpen: isBad, className: 'result-line' },
      );
    }),
  );
}

/**
 * @param {View} view
 * @param {readonly Result[]} results
 */
function resultCard(view, results) {
  const [first] = results;
  if (first === undefined) return undefined;
  const kind = kindOf(shownKind(view, first));
  const times = results.map((result) => result[5]);
  const [least, most] = [Math.min(...times), Math.max(...times)];
  const took = duration(least) === duration(most) ? duration(most) : `${duration(least)} to ${duration(most)}`;
  const begun = Math.min(...results.map((result) => result[4]));
  const phase = view.report.phases[first[3]];
  const again = first[3] > 0 && phase?.isResumed === true ? ' · after the run was resumed' : '';
  return el(
    'section',
    { class: 'card' },
    el(
      'h3',
      {},
      el('span', { class: `mark k-${kind.key}`, 'aria-hidden': 'true' }, kind.mark),
      `${kind.word} on ${counted(results.length, 'host')}`,
    ),
    el('p', { class: 'quiet' }, `took ${took}, from ${clock(view.report.from + begun)}${again}`),
    namesOf(
      view,
      results.map(([host]) => host),
    ),
    ...detailNodes(view, detailOf(view, first[6])),
  );
}

/**
 * @param {View} view
 * @param {Result} result
 */
function shownKind(view, [host, task, status]) {
  return view.cells[host]?.[task] === kindUndone && status === 1 ? kindUndone : status;
}

/**
 * Names of hosts; the rest on demand.
 *
 * @param {View} view
 * @param {readonly number[]} hosts
 */
export function namesOf(view, hosts) {
  const names = hosts.map((host) => hostName(view, host));
  const first = names.slice(0, mostNames).flatMap((name, i) => [i > 0 ? ', ' : '', foreign(name, 'host')]);
  if (names.length <= mostNames) return el('p', { class: 'names' }, ...first);
  const rest = names.slice(mostNames).flatMap((name, i) => [i > 0 ? ', ' : '', foreign(name, 'host')]);
  return el(
    'div',
    { class: 'names' },
    ...first,
    foldable([`and ${counted(names.length - mostNames, 'more host')}`], () => rest, { className: 'inline' }),
  );
}

/**
 * What there is to say about a result: why, what was printed, what was changed.
 *
 * @param {View} view
 * @param {ResultDetail} detail
 * @returns {Child[]}
 */
export function detailNodes(view, { message, item, error, meaning, steps = [], output, tries }) {
  const { text } = view;
  const all = text(output);
  const hasMore = all !== '' && !text(error?.output).endsWith(all);
  return [
    item !== undefined && el('p', {}, 'item ', foreign(text(item), 'code')),
    message !== undefined && el('p', { class: 'message' }, foreign(text(message))),
    tries !== undefined && el('p', { class: 'quiet' }, `tried ${tries} times`),
    ...(error === undefined ? [] : errorNodes(view, error, meaning)),
    hasMore &&
      foldable(['everything it printed, as far as recorded'], () => [textBlock(all)], {
        isOpen: error !== undefined && error.output === undefined,
      }),
    ...steps.map(({ say, reversible, diff }) =>
      el(
        'div',
        { class: 'step' },
        el('p', {}, foreign(text(say)), !reversible && el('em', {}, ' not reversible')),
        diff !== undefined && diffBlock(text(diff)),
      ),
    ),
  ];
}

/**
 * @param {View} view
 * @param {ReportedError} error
 * @param {string} [meaning]
 * @returns {Child[]}
 */
export function errorNodes({ text }, { message, hint, command, output }, meaning) {
  return [
    el('p', { class: 'error' }, foreign(text(message)), meaning !== undefined && ` (${meaning})`),
    command !== undefined && labelled('command', textBlock(text(command))),
    output !== undefined && labelled('its last lines', textBlock(text(output))),
    hint !== undefined && el('p', { class: 'hint' }, foreign(sentence(text(hint)))),
  ];
}

/**
 * @param {string} label
 * @param {HTMLElement} content
 */
function labelled(label, content) {
  return el('div', { class: 'labelled' }, el('span', { class: 'label' }, label), content);
}

/** @param {string} text */
function textBlock(text) {
  return el('pre', { tabindex: 0 }, text);
}

/**
 * A unified diff: what is added and taken away is told by its sign, its colour only repeats that.
 *
 * @param {string} diff
 */
export function diffBlock(diff) {
  const lines = diff.split('\n').map((line) => el('span', { class: lineClass(line) }, `${line}\n`));
  return el('pre', { class: 'diff', tabindex: 0 }, ...lines);
}

/** @param {string} line */
function lineClass(line) {
  if (line.startsWith('---') || line.startsWith('+++')) return 'file';
  if (line.startsWith('+')) return 'added';
  if (line.startsWith('-')) return 'removed';
  return line.startsWith('@@') ? 'hunk' : undefined;
}

/**
 * @param {string} title
 * @param {...Child} content
 */
function openPanel(title, ...content) {
  const panel = byId('panel');
  if (panel.hidden) opener = document.activeElement;
  const heading = el('h2', { id: 'panel-title', tabindex: -1 }, foreign(title));
  panel.replaceChildren(
    el('header', {}, heading, button('×', closePanel, { class: 'close', 'aria-label': 'close' })),
    el('div', { class: 'panel-body' }, ...content),
  );
  panel.hidden = false;
  heading.focus();
}

/** Gives the focus back to where it came from. */
export function closePanel() {
  const panel = byId('panel');
  if (panel.hidden) return;
  panel.hidden = true;
  panel.replaceChildren();
  if (opener instanceof HTMLElement) opener.focus();
  opener = null;
}
