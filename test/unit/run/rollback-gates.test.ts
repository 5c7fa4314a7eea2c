import { expect, test } from 'vitest';

import type { RunEvent } from '../../../src/base/event.ts';
import { actedPlaces, onlyTasks } from '../../../src/run/recorded-steps.ts';
import { gatedPlays, hostsBack } from '../../../src/run/rollback-gates.ts';

function play(id: string, gated: boolean): RunEvent {
  return { type: 'play-started', play: id, hosts: ['n1', 'n2'], ...(gated && { gated: id }) };
}

function step(host: string, id: string): RunEvent {
  return { type: 'step-intended', host, task: id, id, step: '0001.0', say: 'do', reversible: true };
}

function ended(host: string, more: { readonly failed?: number; readonly part?: true } = {}): RunEvent {
  return { type: 'rollback-ended', host, undone: 1, failed: 0, ...more };
}

test('the gates of a play hold when something that it did is taken back', () => {
  const events = [play('restart', true), step('n1', 'restart/k3s'), play('copy', false), step('n1', 'copy/file')];
  const places = actedPlaces([...events, play('idle', true)]);

  expect([...gatedPlays(events, places)]).toEqual(['restart']);
  expect([...gatedPlays(events, onlyTasks(places, ['copy/file']))]).toEqual([]);
});

test.each<[title: string, after: readonly RunEvent[], back: readonly string[]]>([
  ['was taken back', [ended('n1')], ['n1']],
  ['could not be taken back', [ended('n1', { failed: 1 })], []],
  ['was taken back in part', [ended('n1', { part: true })], []],
  ['was changed again, by a resumed run', [ended('n1'), step('n1', 'p/b')], []],
])('a host that %s', (_title, after, back) => {
  expect([...hostsBack([step('n1', 'p/a'), ...after])]).toEqual(back);
});
