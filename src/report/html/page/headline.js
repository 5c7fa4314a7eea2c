/** @import { View } from './view.js' */
/** @import { Phase } from '../run-report.ts' */
import { byId, el, foreign } from './dom.js';
import { counted, duration, grouped, moment, sentence } from './format.js';
import { hostOrder, hostStatuses } from './view.js';

/**
 * What ran, where, when, by whom, and how it ended.
 *
 * @param {View} view
 */
export function showHeadline(view) {
  const { report } = view;
  const { verdict, title, facts, from, elapsedMs, phases } = report;
  const { hostname, pid } = facts.controller;
  const who = facts.user === undefined ? hostname : `${facts.user}@${hostname}`;
  const header = byId('headline');
  header.className = verdict.kind;
  header.replaceChildren(
    el(
      'div',
      { class: 'verdict' },
      el('span', { class: 'sign', 'aria-hidden': 'true' }, { good: '✓', bad: '×', open: '…' }[verdict.kind]),
      el(
        'div',
        {},
        el('h1', {}, foreign(title)),
        el('p', { class: 'words' }, el('strong', {}, verdict.title), ` — ${sentence(verdict.words)}`),
      ),
    ),
    el(
      'dl',
      { class: 'facts' },
      ...fact('run', foreign(facts.run, 'code')),
      ...fact('when', `${moment(from)}, ${duration(elapsedMs)}${phases.length > 1 ? ' at work' : ''}`),
      ...fact('by', foreign(`${who} (process ${pid})`)),
      ...fact('in', foreign(facts.cwd, 'code')),
      ...(phases.length > 1 ? fact('parts', phaseList(phases, from)) : []),
    ),
    tiles(view),
    ...damage(view),
  );
}

/**
 * @param {string} term
 * @param {string | HTMLElement} content
 */
function fact(term, content) {
  return [el('dt', {}, term), el('dd', {}, content)];
}

/**
 * @param {readonly Phase[]} phases
 * @param {number} from
 */
function phaseList(phases, from) {
  const items = phases.map((phase) => {
    const { fromMs, toMs, exitCode } = phase;
    const end = exitCode === undefined ? 'never came to its end' : `exit code ${exitCode}`;
    return el('li', {}, `${phaseName(phase)} at ${moment(from + fromMs)}, ${duration(toMs - fromMs)}, ${end}`);
  });
  return el('ol', { class: 'phases' }, ...items);
}

/** @param {Pick<Phase, 'mode' | 'isResumed'>} phase */
export function phaseName({ mode, isResumed }) {
  if (mode === 'rollback') return 'rolled back';
  if (isResumed) return 'resumed';
  return mode === 'run' ? 'run' : mode;
}

/** @param {View} view */
function tiles({ report }) {
  const { hosts } = report;
  const sum = (/** @type {'ok' | 'changed' | 'skipped' | 'failed' | 'undone'} */ key) =>
    hosts.reduce((total, host) => total + host[key], 0);
  const ended = hostOrder.flatMap((status) => {
    const n = hosts.filter((host) => host.status === status).length;
    const { word, mark, tone } = hostStatuses[status];
    return n === 0 ? [] : [tile(grouped(n), `${mark} ${n === 1 ? 'host' : 'hosts'} ${word}`, tone)];
  });
  /** @type {readonly (readonly [number, string, string])[]} */
  const counts = [
    [sum('changed'), 'changed', sum('changed') > 0 ? 'changed' : 'quiet'],
    [sum('ok'), 'ok', 'quiet'],
    [sum('skipped'), 'skipped', 'quiet'],
    [sum('failed'), 'failed', sum('failed') > 0 ? 'bad' : 'quiet'],
  ];
  const undone = sum('undone');
  return el(
    'div',
    { class: 'tiles' },
    el('div', { class: 'tile-group', role: 'group', 'aria-label': 'hosts' }, ...ended),
    el(
      'div',
      { class: 'tile-group', role: 'group', 'aria-label': 'tasks' },
      ...counts.map(([n, word, tone]) => tile(grouped(n), `${n === 1 ? 'task' : 'tasks'} ${word}`, tone)),
      ...(undone > 0 ? [tile(grouped(undone), `↶ ${undone === 1 ? 'step' : 'steps'} taken back`, 'undone')] : []),
    ),
  );
}

/**
 * @param {string} number
 * @param {string} words
 * @param {string} tone
 */
function tile(number, words, tone) {
  return el('div', { class: `tile ${tone}` }, el('strong', {}, number), el('span', {}, words));
}

/** @param {View} view */
function damage({ report: { facts, leftOut } }) {
  const notes = [
    facts.isCutShort &&
      !facts.isAlive &&
      'the journal ends in the middle of a line: what happened last may be missing here',
    facts.damaged > 0 &&
      `${counted(facts.damaged, 'line')} of the journal cannot be read: what they told is missing here`,
    leftOut > 0 && `${counted(leftOut, 'text')} found no room in this report; the journal has them`,
  ];
  return notes.filter((note) => note !== false).map((note) => el('p', { class: 'note' }, `⚠ ${sentence(note)}`));
}
