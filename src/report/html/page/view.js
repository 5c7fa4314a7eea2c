/** @import { ReportedHostStatus, ResultDetail, Result, ReportedHost, ReportedTask, RunReport } from '../run-report.ts' */

/**
 * What a cell of the matrix says. Every kind has a mark of its own: nothing is told by colour alone.
 *
 * @typedef {{ readonly key: string, readonly mark: string, readonly word: string }} Kind
 */

/**
 * The first seven are the statuses of results, in their order.
 *
 * @type {readonly Kind[]}
 */
export const kinds = [
  { key: 'ok', mark: '·', word: 'ok' },
  { key: 'changed', mark: '∆', word: 'changed' },
  { key: 'skipped', mark: '–', word: 'skipped' },
  { key: 'ignored', mark: '!', word: 'failed, ignored' },
  { key: 'failed', mark: '×', word: 'failed' },
  { key: 'unreachable', mark: '?', word: 'unreachable' },
  { key: 'open', mark: '…', word: 'not ended' },
  { key: 'undone', mark: '↶', word: 'changed, taken back' },
  { key: 'none', mark: '', word: 'did not come to it' },
];

export const kindUndone = 7;
export const kindNone = 8;

/** @type {Readonly<Record<ReportedHostStatus, { readonly mark: string, readonly word: string, readonly tone: string }>>} */
export const hostStatuses = {
  'rollback-failed': { mark: '×', word: 'rollback failed', tone: 'bad' },
  'rolling-back': { mark: '…', word: 'rolling back', tone: 'open' },
  running: { mark: '…', word: 'in the middle', tone: 'open' },
  failed: { mark: '×', word: 'failed', tone: 'bad' },
  unreachable: { mark: '?', word: 'unreachable', tone: 'bad' },
  'rolled-back': { mark: '↶', word: 'rolled back', tone: 'undone' },
  waiting: { mark: '–', word: 'not begun', tone: 'quiet' },
  skipped: { mark: '–', word: 'skipped', tone: 'quiet' },
  ok: { mark: '✓', word: 'ok', tone: 'good' },
};

/**
 * The worst first.
 *
 * @type {readonly ReportedHostStatus[]}
 */
export const hostOrder = [
  'rollback-failed',
  'rolling-back',
  'running',
  'failed',
  'unreachable',
  'rolled-back',
  'waiting',
  'skipped',
  'ok',
];

/**
 * A report with what is asked of it again and again.
 *
 * @typedef {object} View
 * @property {RunReport} report
 * @property {(index: number | undefined) => string} text
 * @property {readonly Uint8Array[]} cells for each host, the kind of each task
 * @property {(host: number, task: number) => readonly Result[]} resultsOf oldest first
 * @property {(host: number) => readonly Result[]} resultsOn
 */

/**
 * @param {RunReport} report
 * @returns {View}
 */
export function makeView(report) {
  const { hosts, tasks, results, texts } = report;
  const cells = hosts.map(() => new Uint8Array(tasks.length).fill(kindNone));
  /** @type {Result[][]} */
  const byHost = hosts.map(() => []);
  for (const result of results) {
    const [host, task, status] = result;
    const row = cells[host];
    if (row !== undefined) row[task] = status;
    byHost[host]?.push(result);
  }
  for (const [host, { takenBack = [] }] of hosts.entries()) {
    const row = cells[host];
    if (row === undefined) continue;
    for (const task of takenBack) if (row[task] === 1) row[task] = kindUndone;
  }
  return {
    report,
    cells,
    text: (index) => (index === undefined ? '' : (texts[index] ?? '')),
    resultsOn: (host) => byHost[host] ?? [],
    resultsOf: (host, task) => (byHost[host] ?? []).filter((result) => result[1] === task),
  };
}

/**
 * @param {number} kind
 * @returns {Kind}
 */
export function kindOf(kind) {
  return kinds[kind] ?? { key: 'none', mark: '', word: '' };
}

/**
 * @param {View} view
 * @param {number} index
 * @returns {ReportedTask}
 */
export function taskOf({ report }, index) {
  return report.tasks[index] ?? { id: '', name: 'an unknown task', module: '', play: 0 };
}

/**
 * @param {View} view
 * @param {number} index
 * @returns {string}
 */
export function hostName({ report }, index) {
  return report.hosts[index]?.name ?? 'an unknown host';
}

/**
 * @param {View} view
 * @param {number} index
 * @returns {ResultDetail}
 */
export function detailOf({ report }, index) {
  return report.details[index] ?? {};
}

/**
 * @param {ReportedHost | undefined} host
 */
export function statusOf(host) {
  return hostStatuses[host?.status ?? 'waiting'];
}
