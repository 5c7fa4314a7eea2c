import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { WaveSync } from '../../../src/run/wave-sync.ts';

const hosts = ['n1', 'n2', 'n3'];

const fail = () => Promise.reject(new Error('no'));
const never = () => Promise.resolve();

/** Notes who came through, in order. */
function setUp(names = hosts) {
  const sync = new WaveSync(names);
  const log: string[] = [];
  return {
    sync,
    meet: (host: string, key = 'k') => void sync.barrier(key, host).then(() => log.push(host)),
    once: (host: string, key = 'k') => {
      const act = async () => {
        log.push(`${host} acts`);
        return `by ${host}`;
      };
      void sync.once(key, host, act).then((result) => log.push(`${host}: ${result}`));
    },
    /** What happened so far. */
    heard: async () => {
      await nextTurn();
      return log;
    },
  };
}

describe('a barrier', () => {
  test('opens when all hosts have come', async () => {
    const { meet, heard } = setUp();
    meet('n2');
    meet('n1');
    expect(await heard()).toEqual([]);

    meet('n3');
    expect(await heard()).toEqual(['n2', 'n1', 'n3']);
  });

  test('does not wait for a host that has left, before or after the others came', async () => {
    const { sync, meet, heard } = setUp();
    sync.leave('n1');
    meet('n2');
    expect(await heard()).toEqual([]);

    sync.leave('n3');
    expect(await heard()).toEqual(['n2']);
  });

  test('still waits for the others when a host leaves behind it', async () => {
    const { sync, meet, heard } = setUp();
    meet('n1');
    sync.leave('n1');
    meet('n2');
    expect(await heard()).toEqual([]);

    meet('n3');
    expect(await heard()).toEqual(['n1', 'n2', 'n3']);
  });

  test('of another name is another one', async () => {
    const { meet, heard } = setUp();
    meet('n1', 'a');
    meet('n2', 'b');

    expect(await heard()).toEqual([]);
  });

  test('closes again: hosts that come to it once more wait once more', async () => {
    const { meet, heard } = setUp(['n1', 'n2']);
    meet('n1');
    meet('n2');
    await heard();
    meet('n2');
    expect(await heard()).toEqual(['n1', 'n2']);

    meet('n1');
    expect(await heard()).toEqual(['n1', 'n2', 'n2', 'n1']);
  });
});

describe('hosts that go different ways', () => {
  test('do not wait for each other for ever: whoever came first goes on', async () => {
    const { meet, heard } = setUp(['n1', 'n2']);
    meet('n1', 'only on n1');
    meet('n2', 'only on n2');
    expect(await heard()).toEqual(['n1']);

    meet('n1', 'both');
    expect(await heard()).toEqual(['n1', 'n2']);

    meet('n2', 'both');
    expect((await heard()).toSorted()).toEqual(['n1', 'n1', 'n2', 'n2']);
  });

  test('nor for a host that waits elsewhere', async () => {
    const { meet, once, heard } = setUp();
    once('n3');
    once('n2');
    meet('n1');

    expect(await heard()).toEqual(['n2 acts', 'n3: by n2', 'n2: by n2']);
  });

  test('but while somebody acts, nobody is stuck', async () => {
    const { sync, meet, heard } = setUp(['n1', 'n2']);
    void sync.once('k', 'n1', () => new Promise(() => {}));
    meet('n2');

    expect(await heard()).toEqual([]);
  });
});

describe('a task that runs once', () => {
  test('runs on the first host, as soon as it comes; the others get the result whenever they come', async () => {
    const { once, heard } = setUp();
    once('n1');
    expect(await heard()).toEqual(['n1 acts', 'n1: by n1']);

    once('n3');
    once('n2');
    expect((await heard()).slice(2)).toEqual(['n3: by n1', 'n2: by n1']);
  });

  test('waits for the first host', async () => {
    const { once, heard } = setUp();
    once('n3');
    once('n2');
    expect(await heard()).toEqual([]);

    once('n1');
    expect(await heard()).toEqual(['n1 acts', 'n3: by n1', 'n2: by n1', 'n1: by n1']);
  });

  test.each([
    ['before the others come', true],
    ['after the others came', false],
  ])('runs on the first that remains when those before it leave %s', async (_when, early) => {
    const { sync, once, heard } = setUp();
    if (early) sync.leave('n1');
    once('n3');
    if (early) sync.leave('n2');
    else {
      once('n2');
      sync.leave('n1');
    }

    const runner = early ? 'n3' : 'n2';
    expect(await heard()).toEqual([`${runner} acts`, `n3: by ${runner}`, ...(early ? [] : ['n2: by n2'])]);
  });

  test('is not run again when its host leaves', async () => {
    const { sync, once, heard } = setUp();
    once('n1');
    await heard();
    sync.leave('n1');
    once('n2');

    expect(await heard()).toEqual(['n1 acts', 'n1: by n1', 'n2: by n1']);
  });

  test('runs again when the hosts come to it again: in a loop, as a handler', async () => {
    const { once, heard } = setUp(['n1', 'n2']);
    once('n1');
    once('n1');
    once('n2');
    once('n2');

    expect(await heard()).toEqual(['n1 acts', 'n1 acts', 'n1: by n1', 'n2: by n1', 'n1: by n1', 'n2: by n1']);
  });

  test('that fails, fails for all: also for those who come later', async () => {
    const sync = new WaveSync(hosts);
    const early = sync.once('k', 'n2', never);
    const first = sync.once('k', 'n1', fail);

    await expect(first).rejects.toThrow('no');
    await expect(early).rejects.toThrow('no');
    await expect(sync.once('k', 'n3', never)).rejects.toThrow('no');
  });

  test('that throws at once fails, too', async () => {
    const sync = new WaveSync(['n1']);

    await expect(
      sync.once('k', 'n1', () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
  });
});
