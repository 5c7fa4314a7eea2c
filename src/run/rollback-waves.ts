import type { RunEvent } from '../base/event.ts';

/**
 * The hosts of a run in the order in which they are taken back: the waves in which they were changed last, the last wave
 * first, so that a rollback is as gentle as the rollout was. Hosts that were in no wave come last, together. Pure.
 */
export function rollbackWaves(events: readonly RunEvent[], hosts: readonly string[]): readonly (readonly string[])[] {
  const lastWave = new Map(hosts.map((host) => [host, -1]));
  for (const [index, event] of events.entries()) {
    if (event.type !== 'wave-started') continue;
    for (const host of event.hosts) if (lastWave.has(host)) lastWave.set(host, index);
  }
  const indexes = [...new Set(lastWave.values())].toSorted((a, b) => b - a);
  return indexes.map((index) => hosts.filter((host) => lastWave.get(host) === index));
}
