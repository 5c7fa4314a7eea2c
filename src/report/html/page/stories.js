/** @import { Child } from './dom.js' */
/** @import { View } from './view.js' */
/** @import { Story, StandingStep } from '../run-report.ts' */
import { button, el, foldable, foreign, openSection } from './dom.js';
import { counted } from './format.js';
import { detailNodes, diffBlock, errorNodes, namesOf } from './result-panel.js';
import { detailOf, hostName, hostStatuses, taskOf } from './view.js';

/** Stories that are told at once, and entries of a list that are. */
const mostStories = 12;
const mostEntries = 12;
const mostReasons = 4;

/**
 * For every group of hosts: what failed and why, what was taken back in which order, what still stands.
 *
 * @param {View} view
 */
export function showStories(view) {
  const { stories, verdict } = view.report;
  showNext(view);
  if (stories.length === 0) return;
  const body = openSection('stories');
  const title = body.parentElement?.querySelector('h2');
  if (title && verdict.kind === 'good') title.textContent = 'What was taken back';
  body.append(
    ...stories.slice(0, mostStories).map((story, i) => storyCard(view, story, i < (verdict.kind === 'good' ? 1 : 3))),
  );
  const rest = stories.slice(mostStories);
  if (rest.length > 0) {
    body.append(
      foldable([`${counted(rest.length, 'more group')} of hosts`], () =>
        rest.map((story) => storyCard(view, story, false)),
      ),
    );
  }
}

/**
 * @param {View} view
 * @param {Story} story
 * @param {boolean} isOpen
 */
function storyCard(view, story, isOpen) {
  const { hosts, status, task: failed, undone, standing, hasFired } = story;
  const { mark, word, tone } = hostStatuses[status];
  const who = hosts.length === 1 ? foreign(hostName(view, hosts[0] ?? -1), 'host') : counted(hosts.length, 'host');
  const task = failed === undefined ? undefined : taskOf(view, failed);
  const place = task === undefined ? [] : [view.report.plays[task.play] ?? '', task.module, task.at ?? ''];
  return foldable(
    [
      el('span', { class: `chip ${tone}` }, `${mark} ${word}`),
      el('strong', {}, who),
      task !== undefined && el('span', {}, 'failed at ', foreign(task.name, 'strong')),
    ],
    () => [
      hosts.length > 1 && namesOf(view, hosts),
      task !== undefined && el('p', { class: 'quiet' }, place.filter((part) => part !== '').join(' · ')),
      ...reasonNodes(view, story),
      hasFired === true &&
        el('p', { class: 'error' }, 'Nobody confirmed in time: the host took the run back by itself.'),
      ...undoneNodes(view, story),
      ...standingNodes(view, standing),
      undone.length === 0 && standing.length === 0 && el('p', { class: 'quiet' }, 'Nothing was changed there.'),
    ],
    { isOpen, className: `card story ${tone}` },
  );
}

/**
 * Why it failed; where hosts tell different things, the first ones tell for all.
 *
 * @param {View} view
 * @param {Story} story
 * @returns {Child[]}
 */
function reasonNodes(view, { reasons }) {
  const nodes = reasons.map(({ detail, hosts }, i) =>
    foldable(
      [reasons.length > 1 ? 'on ' : 'why', ...(reasons.length > 1 ? [foreign(shortNames(view, hosts), 'host')] : [])],
      () => detailNodes(view, detailOf(view, detail)),
      { isOpen: i === 0, className: reasons.length > 1 ? 'reason' : 'reason only' },
    ),
  );
  const rest = nodes.slice(mostReasons);
  return [
    ...nodes.slice(0, mostReasons),
    rest.length > 0 &&
      foldable([`what ${counted(rest.length, 'more host')} told`], () => rest, { className: 'reason' }),
  ];
}

/**
 * @param {View} view
 * @param {readonly number[]} hosts
 */
function shortNames(view, hosts) {
  const [first = -1] = hosts;
  return hosts.length === 1
    ? hostName(view, first)
    : `${hostName(view, first)} and ${counted(hosts.length - 1, 'more host')}`;
}

/**
 * @param {View} view
 * @param {Story} story
 */
function undoneNodes(view, { undone }) {
  if (undone.length === 0) return [];
  const items = undone.map(({ say, error, since }) => {
    const [mark, key] = error === undefined ? ['↶', 'undone'] : ['×', 'failed'];
    return el(
      'li',
      { class: error !== undefined && 'bad' },
      el('span', { class: `mark k-${key}`, 'aria-hidden': 'true' }, mark),
      foreign(view.text(say)),
      ...(error === undefined ? [] : errorNodes(view, error)),
      since !== undefined && foldable(['what somebody had made of it since'], () => [diffBlock(view.text(since))]),
    );
  });
  const failed = undone.filter(({ error }) => error !== undefined).length;
  const title =
    failed > 0 ? `Taken back, newest first; ${counted(failed, 'step')} could not be` : 'Taken back, newest first';
  return [el('h3', {}, title), longList(items)];
}

/**
 * @param {View} view
 * @param {readonly StandingStep[]} standing
 */
function standingNodes(view, standing) {
  if (standing.length === 0) return [];
  const items = standing.map(({ say, task, state, isReversible }) => {
    const remarks = [
      state === 'intended' && 'perhaps done',
      state === 'undo-failed' && 'could not be taken back',
      !isReversible && 'not reversible',
    ];
    const words = remarks.filter((remark) => remark !== false).join(', ');
    return el(
      'li',
      {},
      foreign(view.text(say)),
      el('span', { class: 'quiet' }, ' — ', foreign(task)),
      words !== '' && el('em', {}, ` ${words}`),
    );
  });
  return [el('h3', {}, 'What still stands'), longList(items)];
}

/** @param {HTMLLIElement[]} items */
function longList(items) {
  const list = el('ol', {}, ...items.slice(0, mostEntries));
  const rest = items.slice(mostEntries);
  if (rest.length === 0) return list;
  return el(
    'div',
    {},
    list,
    foldable([`${rest.length} more`], () => [el('ol', { start: mostEntries + 1 }, ...rest)]),
  );
}

/** @param {View} view */
function showNext({ report }) {
  if (report.next.length === 0) return;
  const rows = report.next.map(({ why, command }) => {
    const text = el('code', { tabindex: 0 }, command);
    const copy = button('copy', () => void copyText(text, copy), { class: 'copy', 'aria-label': `copy: ${command}` });
    return el(
      'li',
      {},
      el('p', {}, `${why.charAt(0).toUpperCase()}${why.slice(1)}:`),
      el('div', { class: 'command' }, text, copy),
    );
  });
  openSection('next').append(
    el(
      'p',
      { class: 'quiet' },
      'In ',
      foreign(report.facts.cwd, 'code'),
      ' on ',
      foreign(report.facts.controller.hostname, 'code'),
      ':',
    ),
    el('ul', { class: 'next' }, ...rows),
  );
}

/**
 * The clipboard is not there for every page that is a file; then the text is selected, to be copied by hand.
 *
 * @param {HTMLElement} text
 * @param {HTMLButtonElement} copy
 */
async function copyText(text, copy) {
  try {
    await navigator.clipboard.writeText(text.textContent ?? '');
    copy.replaceChildren('copied');
  } catch {
    getSelection()?.selectAllChildren(text);
    copy.replaceChildren('selected');
  }
}
