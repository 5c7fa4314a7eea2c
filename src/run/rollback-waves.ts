import type { RunEvent } from '../base/event.ts';

/**
 * The hosts of a run in the order in which they are taken back: the waves in which something was done for them last, the
 * last wave first, so that a rollback is as gentle as the rollout was. A play without waves is one. Pure.
 */
export function rollbackWaves(events: readonly RunEvent[], hosts: readonly string[]): readonly (readonly string[])[] {
  const lastWave = new Map(hosts.map((host) => [host, -1]));
  const current = new Map<string, number>();
  for (const [index, event] of events.entries()) {
    if (event.type === 'play-started' || event.type === 'wave-started') {
      for (const host of event.hosts) current.set(host, index);
    }
    if (event.type === 'step-intended' && lastWave.has(event.host)) {
      lastWave.set(event.host, current.get(event.host) ?? -1);
    }
  }
  const indexes = [...new Set(lastWave.values())].toSorted((a, b) => b - a);
  return indexes.map((index) => hosts.filter((host) => lastWave.get(host) === index));
}
