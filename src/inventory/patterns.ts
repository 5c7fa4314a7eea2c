import { isIP } from 'node:net';

import type { Span } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import { didYouMean } from '../base/suggest.ts';
import { HelperError } from '../template/helper.ts';
import { compileRegex } from '../template/regex.ts';
import { globToRegex } from './glob.ts';
import { hostsOf } from './inventory.ts';
import type { Inventory } from './inventory.ts';

/** Names that mean the controller itself, also when the inventory does not have them. */
export const localNames: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '::1']);

/**
 * The hosts that a pattern means, in Ansible's grammar: names, groups and globs (`web*`) with `:` or `,` between them, `&` for
 * "only those also in", `!` for "but not those in", `~` before a regular expression, `[0]`, `[1:3]`, `[-1]` after a group.
 * Unions come first, then all `&`, then all `!`; hosts keep the order in which they were named.
 * @throws ConfigError for a part that matches nothing, which is a slip of the pen, and for a malformed one
 */
export function selectHosts(inventory: Inventory, pattern: string, at: Span): readonly string[] {
  const parts = splitPattern(pattern);
  if (parts.length === 0) throw ConfigError.at(at, 'the host pattern is empty', 'Write `all` for every host.');
  const unions = parts.filter((part) => !/^[&!]/.test(part));
  const only = parts.filter((part) => part.startsWith('&'));
  const without = parts.filter((part) => part.startsWith('!'));
  const match = (part: string) => matchPart(inventory, part, at);
  let hosts = unions.length > 0 ? unions.flatMap(match) : hostsOf(inventory, 'all');
  for (const part of only) {
    const kept = new Set(match(part.slice(1)));
    hosts = hosts.filter((host) => kept.has(host));
  }
  for (const part of without) {
    const dropped = new Set(match(part.slice(1)));
    hosts = hosts.filter((host) => !dropped.has(host));
  }
  return [...new Set(hosts)];
}

/** Those of `hosts` that a `--limit` pattern means, in their order. @throws ConfigError as {@link selectHosts} */
export function limitHosts(inventory: Inventory, hosts: readonly string[], limit: string, at: Span): readonly string[] {
  const kept = new Set(selectHosts(inventory, limit, at));
  return hosts.filter((host) => kept.has(host));
}

/** At commas, white space, and colons outside of brackets and addresses. */
function splitPattern(pattern: string): readonly string[] {
  return pattern
    .split(/[,\s]+/)
    .flatMap((part) =>
      isIP(part.replace(/^[&!]/, '')) === 0 ? (part.match(/(?:[^:[\]]|\[[^\]]*\])+/g) ?? [part]) : [part],
    )
    .filter((part) => part !== '');
}

function matchPart(inventory: Inventory, part: string, at: Span): readonly string[] {
  if (part === '' || /^[&!]/.test(part)) throw ConfigError.at(at, 'a pattern stands after each `&` and `!`');
  if (inventory.hosts.has(part)) return [part];
  const subscript = part.startsWith('~') ? null : /^(.+)\[(-?\d+|\d+[:-]\d*)\]$/.exec(part);
  const [, name = part, index] = subscript ?? [];
  const hosts = matchName(inventory, name, at);
  if (hosts === undefined) throw unmatched(inventory, part, name, at);
  return index === undefined ? hosts : subscripted(hosts, part, index, at);
}

/** Undefined when no host and no group has such a name; a group may be empty. */
function matchName(inventory: Inventory, name: string, at: Span): readonly string[] | undefined {
  const regex = name.startsWith('~') ? anchored(name.slice(1), at) : globToRegex(name);
  const groups = [...inventory.groups.keys()].filter((group) => regex.test(group));
  const ofGroups = groups.flatMap((group) => hostsOf(inventory, group));
  // A plain word that is a group never also means a host.
  const isWide = groups.length === 0 || /^~|[.?*[]/.test(name);
  const hosts = isWide ? [...inventory.hosts.keys()].filter((host) => regex.test(host)) : [];
  if (groups.length + hosts.length > 0) return [...new Set([...ofGroups, ...hosts])];
  return localNames.has(name) ? [name] : undefined;
}

/** Regular expressions match from the start of a name, as Python's `match` does. */
function anchored(pattern: string, at: Span): RegExp {
  try {
    const regex = compileRegex(pattern);
    return new RegExp(`^(?:${regex.source})`, regex.flags);
  } catch (error) {
    throw error instanceof HelperError ? ConfigError.at(at, error.message, error.hint) : error;
  }
}

function subscripted(hosts: readonly string[], part: string, index: string, at: Span): readonly string[] {
  const range = /^(\d+)([:-])(\d*)$/.exec(index);
  if (range === null) {
    const host = hosts.at(Number(index));
    if (host !== undefined) return [host];
    throw ConfigError.at(at, `\`${part}\` names a host that is not there: there are ${hosts.length}, counted from 0`);
  }
  const [, from = '0', sign, to = ''] = range;
  if (sign === '-') {
    throw ConfigError.at(at, `\`${part}\` is no range of hosts`, `Write [${from}:${to}]; both ends count.`);
  }
  const last = to === '' ? hosts.length - 1 : Number(to);
  if (Number(from) > last) {
    throw ConfigError.at(at, `\`${part}\` holds no host: there are ${hosts.length}, counted from 0`);
  }
  return hosts.slice(Number(from), last + 1);
}

function unmatched(inventory: Inventory, part: string, name: string, at: Span): ConfigError {
  const names = [...inventory.groups.keys(), ...inventory.hosts.keys()];
  const hint =
    whatToWrite(part, name) ??
    didYouMean(name, names) ??
    `There are the groups ${[...inventory.groups.keys()].slice(0, 12).join(', ')}.`;
  return ConfigError.at(at, `\`${part}\` matches no host and no group`, hint);
}

function whatToWrite(part: string, name: string): string | undefined {
  if (/[{}]/.test(part)) return 'Braces mean nothing here: name each host, or write ~ and a regular expression.';
  if (!part.startsWith('~') && /[;|]/.test(part)) return 'Patterns are joined with : or ,';
  const slice = /^(.*)\[(-?\d*):(-?\d*)\]$/.exec(part);
  if (slice !== null && name === part) {
    return `Ranges count from the start: ${slice[1]}[0:2] are the first three hosts.`;
  }
  if (name !== part) {
    return `[...] at the end picks from the hosts of \`${name}\`, which is none; write ${name}? or ${name}* for names that begin so.`;
  }
  return undefined;
}
