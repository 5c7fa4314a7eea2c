import type { RunEvent } from '../base/event.ts';

/**
 * The hosts of a run in the order in which they are taken back: the waves in which something was done for them last, the
 * last wave first; of one wave, those that were apart in an earlier play stay so. So a rollback is as gentle as the rollout was. A play
 * without waves is one. Pure.
 */
export function rollbackWaves(events: readonly RunEvent[], hosts: readonly string[]): readonly (readonly string[])[] {
  /** The waves in which something was done for each host, by number, the last one first. */
  const waves = new Map<string, readonly number[]>(hosts.map((host) => [host, []]));
  const current = new Map<string, number>();
  for (const [index, event] of events.entries()) {
    if (event.type === 'play-started' || event.type === 'wave-started') {
      for (const host of event.hosts) current.set(host, index);
    }
    if (event.type !== 'step-intended') continue;
    const [own, now] = [waves.get(event.host), current.get(event.host)];
    if (own !== undefined && now !== undefined && own[0] !== now) waves.set(event.host, [now, ...own]);
  }
  const sorted = hosts.toSorted((a, b) => laterFirst(waves.get(a) ?? [], waves.get(b) ?? []));
  const groups = new Map<string, string[]>();
  for (const host of sorted) {
    const key = (waves.get(host) ?? []).join(' ');
    groups.set(key, [...(groups.get(key) ?? []), host]);
  }
  return [...groups.values()];
}

/** A host that an earlier play had not changed comes behind those that it had. */
function laterFirst(a: readonly number[], b: readonly number[]): number {
  const i = Array.from({ length: Math.max(a.length, b.length) }).findIndex((_none, each) => a[each] !== b[each]);
  return i < 0 ? 0 : (b[i] ?? -1) - (a[i] ?? -1);
}
