import { assertNever } from '../base/assert-never.ts';
import type { Play } from '../playbook/playbook.ts';

/** A checked entry of `serial`: so many hosts, or that share of the play's hosts (0..1). */
export type WaveSize = { readonly hosts: number } | { readonly share: number };

/** Reads one rendered entry of `serial`: 3, "3" or "30%"; undefined when it is none of them. */
export function parseWaveSize(entry: unknown): WaveSize | undefined {
  if (typeof entry === 'number') return Number.isInteger(entry) && entry >= 0 ? { hosts: entry } : undefined;
  if (typeof entry !== 'string') return undefined;
  const [, digits, percent] = /^\s*(\d+)\s*(%?)\s*$/.exec(entry) ?? [];
  if (digits === undefined) return undefined;
  return percent === '%' ? { share: Number(digits) / 100 } : { hosts: Number(digits) };
}

/**
 * Cuts a play's hosts into waves as Ansible does: a share is rounded down but is at least one host, 0 means all that are
 * left, and the last size repeats. Without sizes there is one wave. `round: 'up'` is for `rollout: { waves }`.
 */
export function waves(
  hosts: readonly string[],
  sizes: readonly WaveSize[],
  round: 'down' | 'up' = 'down',
): readonly (readonly string[])[] {
  const cut: (readonly string[])[] = [];
  let from = 0;
  while (from < hosts.length) {
    const size = sizes[Math.min(cut.length, sizes.length - 1)];
    const count = size === undefined ? 0 : sizeInHosts(size, hosts.length, round);
    const to = count === 0 ? hosts.length : Math.min(hosts.length, from + count);
    cut.push(hosts.slice(from, to));
    from = to;
  }
  return cut;
}

/** The same cuts for each group by itself; the first waves of all groups go together, then the second ones. */
export function wavesPer(
  groups: readonly (readonly string[])[],
  sizes: readonly WaveSize[],
  round: 'down' | 'up',
): readonly (readonly string[])[] {
  const cut = groups.map((hosts) => waves(hosts, sizes, round));
  const count = Math.max(0, ...cut.map(({ length }) => length));
  return Array.from({ length: count }, (_, i) => cut.flatMap((own) => own[i] ?? []));
}

function sizeInHosts(size: WaveSize, total: number, round: 'down' | 'up'): number {
  if ('hosts' in size) return size.hosts;
  // Multiplied first: 0.29 * 100 is 28.999999999999996.
  const hosts = (Math.round(size.share * 100) * total) / 100;
  return Math.max(1, round === 'up' ? Math.ceil(hosts) : Math.floor(hosts));
}

/** Sorts a play's hosts by its `order`. `random` (0..1) is for `shuffle`. */
export function orderHosts(
  hosts: readonly string[],
  order: Play['order'],
  random: () => number = Math.random,
): readonly string[] {
  switch (order) {
    case 'inventory':
      return hosts;
    case 'reverse_inventory':
      return hosts.toReversed();
    case 'sorted':
      return hosts.toSorted();
    case 'reverse_sorted':
      return hosts.toSorted().toReversed();
    case 'shuffle':
      return shuffled(hosts, random);
    default:
      return assertNever(order);
  }
}

/** Numbers from 0 to 1 that are the same for the same seed: mulberry32 (public domain, Tommy Ettinger). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Fisher-Yates. */
function shuffled(hosts: readonly string[], random: () => number): readonly string[] {
  const rest = [...hosts];
  const drawn: string[] = [];
  while (rest.length > 0) drawn.push(...rest.splice(Math.floor(random() * rest.length), 1));
  return drawn;
}
