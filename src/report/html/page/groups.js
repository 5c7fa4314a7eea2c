/** @import { View } from './view.js' */
/** @import { ReportedHostStatus } from '../run-report.ts' */
import { statusFilters } from './filter.js';
import { hostOrder, kindOf } from './view.js';

/**
 * Hosts that ended alike, and on which every shown task ended alike.
 *
 * @typedef {object} Group
 * @property {string} key
 * @property {ReportedHostStatus} status
 * @property {readonly number[]} hosts
 */

/**
 * The worst first; of those, the largest.
 *
 * @param {View} view
 * @param {readonly number[]} hosts
 * @param {readonly number[]} tasks
 * @returns {readonly Group[]}
 */
export function groupHosts(view, hosts, tasks) {
  /** @type {Map<string, { status: ReportedHostStatus, hosts: number[] }>} */
  const groups = new Map();
  for (const host of hosts) {
    const status = view.report.hosts[host]?.status ?? 'waiting';
    const row = view.cells[host] ?? [];
    const key = `${status} ${tasks.map((task) => row[task]).join('')}`;
    const group = groups.get(key) ?? { status, hosts: [] };
    groups.set(key, group);
    group.hosts.push(host);
  }
  const badness = (/** @type {readonly number[]} */ of) => {
    const row = view.cells[of[0] ?? -1] ?? [];
    return tasks.filter((task) => ['failed', 'unreachable', 'open', 'ignored'].includes(kindOf(row[task] ?? 0).key))
      .length;
  };
  return Array.from(groups, ([key, { status, hosts: members }]) => ({ key, status, hosts: members })).toSorted(
    (a, b) =>
      hostOrder.indexOf(a.status) - hostOrder.indexOf(b.status) ||
      badness(b.hosts) - badness(a.hosts) ||
      b.hosts.length - a.hosts.length,
  );
}

/**
 * How the hosts of a group ended, in words: "412 hosts: all ok".
 *
 * @param {View} view
 * @param {Group} group
 * @param {readonly number[]} tasks
 */
export function describeGroup(view, { hosts }, tasks) {
  const row = view.cells[hosts[0] ?? -1] ?? [];
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const task of tasks) {
    const { key } = kindOf(row[task] ?? 0);
    if (key !== 'none') counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  if (counts.size === 0) return 'nothing ran';
  const quiet = [...counts.keys()].every((key) => key === 'ok' || key === 'skipped');
  if (quiet) return counts.has('skipped') ? `all ok, ${counts.get('skipped')} skipped` : 'all ok';
  return statusFilters
    .filter(({ key }) => counts.has(key) && key !== 'skipped')
    .map(({ key, word }) => `${counts.get(key)} ${word}`)
    .join(', ');
}
