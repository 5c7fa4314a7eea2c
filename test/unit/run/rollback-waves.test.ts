import { expect, test } from 'vitest';

import type { RunEvent } from '../../../src/base/event.ts';
import { rollbackWaves } from '../../../src/run/rollback-waves.ts';

function wave(...hosts: string[]): RunEvent {
  return { type: 'wave-started', play: 'restart', wave: 1, waves: 3, hosts };
}

test('the last wave goes back first', () => {
  const events = [wave('a1'), wave('a2', 'a3'), wave('s1')];

  expect(rollbackWaves(events, ['s1', 'a3', 'a2', 'a1'])).toEqual([['s1'], ['a3', 'a2'], ['a1']]);
});

test('a host counts where it was changed last', () => {
  const events = [wave('n1'), wave('n2'), wave('n1')];

  expect(rollbackWaves(events, ['n2', 'n1'])).toEqual([['n1'], ['n2']]);
});

test('hosts without a wave go back together, last', () => {
  expect(rollbackWaves([wave('n1')], ['n3', 'n2', 'n1'])).toEqual([['n1'], ['n3', 'n2']]);
  expect(rollbackWaves([], ['n2', 'n1'])).toEqual([['n2', 'n1']]);
});
