import type { Located, Span } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import { isList, type Value } from '../base/value.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { limitHosts, selectHosts } from '../inventory/patterns.ts';
import type { Play } from '../playbook/playbook.ts';
import { renderNative, renderText } from '../template/render.ts';
import type { Scope } from '../template/scope.ts';
import type { WaveSize } from './waves.ts';
import { orderHosts, parseWaveSize, seededRandom, waves, wavesPer } from './waves.ts';

/** The value of a host's variable; undefined when it has none. */
export type ValueOf = (host: string, variable: string) => Value | undefined;

interface HostsOptions {
  /** `--limit`. */
  readonly limit: string | undefined;
  readonly valueOf: ValueOf;
}

/**
 * The hosts a play runs on, in its order, `--limit` applied. `scope` has what is known without a host: extra variables and
 * the play's.
 * @throws ConfigError for a pattern that matches nothing
 */
export function hostsOfPlay(
  play: Play,
  inventory: Inventory,
  scope: Scope,
  { limit, valueOf }: HostsOptions,
): readonly string[] {
  const { value, span } = play.hosts;
  const pattern = explained(() => renderText(value, scope, span));
  const hosts = selectHosts(inventory, pattern, span);
  if (limit === undefined || limit.trim() === '') return ordered(hosts, play, valueOf);
  const at: Span = { file: '--limit', line: 1, column: 1, length: limit.length };
  return ordered(limitHosts(inventory, hosts, limit, at), play, valueOf);
}

function ordered(hosts: readonly string[], play: Play, valueOf: ValueOf): readonly string[] {
  const { order = play.order, seed } = play.rollout ?? {};
  if (typeof order === 'string') return orderHosts(hosts, order, seed === undefined ? undefined : seededRandom(seed));
  return groupsBy(order.by, hosts, valueOf)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([, own]) => own);
}

/** Hosts by the value of a variable, in the order in which the values appear. */
function groupsBy(
  { value: variable, span }: Located<string>,
  hosts: readonly string[],
  valueOf: ValueOf,
): readonly (readonly [string, readonly string[]])[] {
  const groups = new Map<string, string[]>();
  for (const host of hosts) {
    const value = valueOf(host, variable);
    if (value === undefined) {
      throw ConfigError.at(
        span,
        `${host} has no variable \`${variable}\``,
        'Set it on the host or on one of its groups.',
      );
    }
    const key = typeof value === 'string' ? value : JSON.stringify(value);
    const group = groups.get(key) ?? [];
    groups.set(key, group);
    group.push(host);
  }
  return [...groups];
}

/** The waves that `serial` or `rollout` cuts these hosts into. @throws ConfigError for a size that is none */
export function wavesOfPlay(
  { serial, rollout }: Play,
  hosts: readonly string[],
  scope: Scope,
  valueOf: ValueOf,
): readonly (readonly string[])[] {
  const sizes = (rollout?.waves ?? serial).flatMap((entry) => sizesOf(entry, scope));
  const round = rollout === undefined ? 'down' : 'up';
  if (rollout?.per === undefined) return waves(hosts, sizes, round);
  const groups = groupsBy(rollout.per, hosts, valueOf).map(([, own]) => own);
  return wavesPer(groups, sizes, round);
}

function sizesOf({ value, span }: Play['serial'][number], scope: Scope): readonly WaveSize[] {
  const rendered = typeof value === 'string' ? explained(() => renderNative(value, scope, span)) : value;
  return (isList(rendered) ? rendered : [rendered]).map((one) => {
    const size = parseWaveSize(one);
    if (size !== undefined) return size;
    throw ConfigError.at(
      span,
      `${JSON.stringify(one)} is no number of hosts and no share of them`,
      'Give 3, or "30%".',
    );
  });
}

/** Says which variables there are, where one is missing. */
function explained<T>(render: () => T): T {
  try {
    return render();
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const hint = "Only extra variables (-e) and the play's own vars are known before hosts are chosen.";
    throw new ConfigError(error.diagnostics.map((one) => Object.assign({ hint }, one)));
  }
}
