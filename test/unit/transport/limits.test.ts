import { describe, expect, test } from 'vitest';

import { Deferred } from '../../../src/base/deferred.ts';
import { UnreachableError } from '../../../src/base/errors.ts';
import { DroppedError } from '../../../src/transport/explain.ts';
import { LoginLimits } from '../../../src/transport/limits.ts';

describe('logins', () => {
  test('are eight at a time at one address, and as many elsewhere', async () => {
    const limits = new LoginLimits();
    const going = new Deferred();
    const running: string[] = [];
    const all = ['a', 'b'].flatMap((address) =>
      Array.from({ length: 10 }, () =>
        limits.run(address, () => {
          running.push(address);
          return going.promise;
        }),
      ),
    );
    await new Promise(setImmediate);

    expect(running.toSorted().join('')).toBe('aaaaaaaabbbbbbbb');
    going.resolve();
    await Promise.all(all);
    expect(running).toHaveLength(20);
  });

  test('that are dropped are tried again', async () => {
    let attempts = 0;
    const result = new LoginLimits().run('a', async () => {
      attempts++;
      if (attempts < 3) throw new DroppedError('too busy');
      return 'in';
    });

    expect(await result).toBe('in');
    expect(attempts).toBe(3);
  });

  test('that are refused are not', async () => {
    let attempts = 0;
    const result = new LoginLimits().run('a', async () => {
      attempts++;
      throw new UnreachableError('no');
    });

    await expect(result).rejects.toThrow('no');
    expect(attempts).toBe(1);
  });

  test('stop waiting when the run is stopped', async () => {
    const stopping = new AbortController();
    const reason = new Error('stopped');
    const result = new LoginLimits().run(
      'a',
      async () => {
        stopping.abort(reason);
        throw new DroppedError('too busy');
      },
      stopping.signal,
    );

    await expect(result).rejects.toBe(reason);
  });
});
