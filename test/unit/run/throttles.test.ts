import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { Deferred } from '../../../src/base/deferred.ts';
import type { RunEvent } from '../../../src/base/event.ts';
import { type Limit, limitsOf, recordedLimits, Throttles } from '../../../src/run/throttles.ts';

/** Hosts that begin when they may, and end when they are told to. */
function setUp() {
  const throttles = new Throttles();
  const ends = new Map<string, Deferred>();
  const begun: string[] = [];
  const work = (host: string) => () => {
    begun.push(host);
    const end = new Deferred();
    ends.set(host, end);
    return end.promise;
  };
  return {
    forward: (host: string, limit: Limit) => void throttles.forward(limit, work(host)),
    back: (host: string, ...limits: Limit[]) => void throttles.back(limits, work(host)),
    end: async (host: string) => {
      ends.get(host)?.resolve();
      await nextTurn();
      return begun.splice(0);
    },
    begun: async () => {
      await nextTurn();
      return begun.splice(0);
    },
  };
}

const restart = { name: 'p/restart', width: 1 };

describe('a limit', () => {
  test('holds for hosts that go back as for those that go forward; those that go back come first', async () => {
    const { forward, back, end, begun } = setUp();
    for (const host of ['n1', 'n2']) forward(host, restart);
    for (const host of ['n3', 'n4']) back(host, restart);

    expect(await begun()).toEqual(['n1']);
    expect(await end('n1')).toEqual(['n3']);
    expect(await end('n3')).toEqual(['n4']);
    expect(await end('n4')).toEqual(['n2']);
  });

  test('is the narrowest of those that are in it', async () => {
    const { back, end, begun } = setUp();
    back('canary', { name: 'p', width: 1 });
    for (const host of ['n1', 'n2', 'n3']) back(host, { name: 'p', width: 2 });

    expect(await begun()).toEqual(['canary']);
    expect(await end('canary')).toEqual(['n1', 'n2']);
    expect(await end('n1')).toEqual(['n3']);
  });

  test('of several is kept whatever their order; hosts without one do not wait', async () => {
    const { back, end, begun } = setUp();
    back('n1', restart, { name: 'a', width: 1 });
    back('n2', { name: 'a', width: 1 }, restart);
    back('n3');

    expect(await begun()).toEqual(['n3', 'n1']);
    expect(await end('n1')).toEqual(['n2']);
  });
});

test('a step is held to its throttle, and to the size of the wave it went in', () => {
  expect(limitsOf({ id: 'p/restart', throttle: 1 }, 3)).toEqual([{ name: 'p', width: 3 }, restart]);
  expect(limitsOf({ id: 'p/copy' }, 3)).toEqual([{ name: 'p', width: 3 }]);
});

test('a journal has the limits of each host, for a run that is resumed', () => {
  const step = { type: 'step-intended', task: 't', step: '0001.0', say: 'do', reversible: true } as const;
  const events: RunEvent[] = [
    { type: 'play-started', play: 'p', hosts: ['n1', 'n2', 'n3'] },
    { type: 'wave-started', play: 'p', wave: 1, waves: 2, hosts: ['n1'] },
    { ...step, host: 'n1', id: 'p/restart', throttle: 1 },
    { type: 'wave-started', play: 'p', wave: 2, waves: 2, hosts: ['n2', 'n3'] },
    { ...step, host: 'n2', id: 'p/copy' },
  ];

  expect([...recordedLimits(events)]).toEqual([
    ['n1', [{ name: 'p', width: 1 }, restart]],
    ['n2', [{ name: 'p', width: 2 }]],
  ]);
});
