/** @import { View } from './view.js' */
import { kindNone, kindOf } from './view.js';

/**
 * What is shown. It lives in the address, after the `#`, so that a link shows the same.
 *
 * @typedef {object} Filter
 * @property {string} host parts of names, with commas between them
 * @property {string} task parts of names of tasks, modules or plays, with commas between them
 * @property {readonly string[]} status keys of {@link statusFilters}
 * @property {string} zoom a phase, or a phase and a wave, of the timeline
 * @property {string} at a section to go to
 */

/** @type {Filter} */
export const noFilter = { host: '', task: '', status: [], zoom: '', at: '' };

/**
 * The kinds of results and the ends of hosts that each choice stands for.
 *
 * @type {readonly { readonly key: string, readonly word: string, readonly kinds: readonly string[], readonly hosts: readonly string[] }[]}
 */
export const statusFilters = [
  {
    key: 'failed',
    word: 'failed',
    kinds: ['failed', 'unreachable'],
    hosts: ['failed', 'unreachable', 'rollback-failed'],
  },
  { key: 'open', word: 'not ended', kinds: ['open'], hosts: ['running', 'rolling-back'] },
  { key: 'undone', word: 'taken back', kinds: ['undone'], hosts: ['rolled-back'] },
  { key: 'ignored', word: 'ignored', kinds: ['ignored'], hosts: [] },
  { key: 'changed', word: 'changed', kinds: ['changed'], hosts: [] },
  { key: 'skipped', word: 'skipped', kinds: ['skipped'], hosts: ['skipped', 'waiting'] },
  { key: 'ok', word: 'ok', kinds: ['ok'], hosts: [] },
];

/**
 * @param {string} fragment with or without its `#`
 * @returns {Filter}
 */
export function parseFragment(fragment) {
  const members = new URLSearchParams(fragment.replace(/^#/, ''));
  const keys = (members.get('status') ?? '').split(',');
  return {
    host: members.get('host') ?? '',
    task: members.get('task') ?? '',
    status: statusFilters.map(({ key }) => key).filter((key) => keys.includes(key)),
    zoom: members.get('zoom') ?? '',
    at: members.get('at') ?? '',
  };
}

/**
 * @param {Filter} filter
 * @returns {string} with its `#`; `#` alone when all is shown
 */
export function formatFragment({ host, task, status, zoom, at }) {
  const members = new URLSearchParams();
  if (host !== '') members.set('host', host);
  if (task !== '') members.set('task', task);
  if (status.length > 0) members.set('status', status.join(','));
  if (zoom !== '') members.set('zoom', zoom);
  if (at !== '') members.set('at', at);
  return `#${members.toString().replaceAll('%2C', ',')}`;
}

/**
 * The hosts and tasks that a filter leaves, and whether a cell is one of those it asks for.
 *
 * @typedef {object} Selection
 * @property {readonly number[]} hosts
 * @property {readonly number[]} tasks
 * @property {(kind: number) => boolean} isWanted
 * @property {boolean} isAll
 */

/**
 * @param {View} view
 * @param {Filter} filter
 * @returns {Selection}
 */
export function select(view, filter) {
  const { hosts, tasks, plays } = view.report;
  const chosen = statusFilters.filter(({ key }) => filter.status.includes(key));
  const kindKeys = new Set(chosen.flatMap((choice) => choice.kinds));
  const hostKeys = new Set(chosen.flatMap((choice) => choice.hosts));
  const hasStatus = chosen.length > 0;
  const isWanted = (/** @type {number} */ kind) => (hasStatus ? kindKeys.has(kindOf(kind).key) : kind !== kindNone);
  const named = [...tasks.keys()].filter((task) => {
    const { name = '', module = '', play = 0 } = tasks[task] ?? {};
    return matches(filter.task, [name, module, plays[play] ?? '']);
  });
  const shownHosts = [...hosts.keys()].filter((host) => {
    const { name = '', status = '' } = hosts[host] ?? {};
    if (!matches(filter.host, [name])) return false;
    const row = view.cells[host] ?? [];
    const hasSome = named.some((task) => isWanted(row[task] ?? kindNone));
    return hasStatus ? hasSome || (filter.task === '' && hostKeys.has(status)) : filter.task === '' || hasSome;
  });
  const shownTasks = hasStatus
    ? named.filter((task) => shownHosts.some((host) => isWanted(view.cells[host]?.[task] ?? kindNone)))
    : named;
  return {
    hosts: shownHosts,
    tasks: shownTasks,
    isWanted,
    isAll: shownHosts.length === hosts.length && shownTasks.length === tasks.length,
  };
}

/**
 * @param {string} wanted
 * @param {readonly string[]} texts
 */
export function matches(wanted, texts) {
  const parts = wanted
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
  return parts.length === 0 || parts.some((part) => texts.some((text) => text.toLowerCase().includes(part)));
}
