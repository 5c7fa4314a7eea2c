import { expect, test } from 'vitest';

import type { RunEvent } from '../../../src/base/event.ts';
import { rollbackWaves } from '../../../src/run/rollback-waves.ts';

function wave(...hosts: string[]): RunEvent {
  return { type: 'wave-started', play: 'restart', wave: 1, waves: 3, hosts };
}

function play(...hosts: string[]): RunEvent {
  return { type: 'play-started', play: 'restart', hosts };
}

function step(...hosts: string[]): RunEvent[] {
  return hosts.map((host) => ({
    type: 'step-intended',
    host,
    task: 't',
    id: 't',
    step: '0001.0',
    say: 'do',
    reversible: true,
  }));
}

test('the last wave goes back first', () => {
  const events = [wave('a1'), ...step('a1'), wave('a2', 'a3'), ...step('a3', 'a2'), wave('s1'), ...step('s1')];

  expect(rollbackWaves(events, ['s1', 'a3', 'a2', 'a1'])).toEqual([['s1'], ['a3', 'a2'], ['a1']]);
});

test('a host counts where it was changed last, not where it only took part', () => {
  const events = [wave('n1'), ...step('n1'), wave('n2'), ...step('n2'), wave('n1'), ...step('n1'), play('n1', 'n2')];

  expect(rollbackWaves(events, ['n2', 'n1'])).toEqual([['n1'], ['n2']]);
});

test('a play that has one wave is one: agents, then one server', () => {
  const events = [play('s1', 'a1'), ...step('s1', 'a1'), play('a1'), ...step('a1'), play('s1'), ...step('s1')];

  expect(rollbackWaves(events, ['s1', 'a1'])).toEqual([['s1'], ['a1']]);
});

test('what went in waves goes back in them, whatever was done everywhere since', () => {
  const waves = [wave('n1'), ...step('n1'), wave('n2', 'n3'), ...step('n2', 'n3')];
  const events = [...waves, play('n1', 'n2', 'n3', 'n4'), ...step('n1', 'n2', 'n3', 'n4'), ...step('n1')];

  expect(rollbackWaves(events, ['n4', 'n3', 'n2', 'n1'])).toEqual([['n3', 'n2'], ['n1'], ['n4']]);
});

test('hosts without a wave go back together, last', () => {
  expect(rollbackWaves([wave('n1'), ...step('n1', 'n2', 'n3')], ['n3', 'n2', 'n1'])).toEqual([['n1'], ['n3', 'n2']]);
  expect(rollbackWaves([], ['n2', 'n1'])).toEqual([['n2', 'n1']]);
});
