import { describe, expect, test } from 'vitest';

import type { Connection } from '../../../src/base/connection.ts';
import { Deferred } from '../../../src/base/deferred.ts';
import { Secret } from '../../../src/base/secret.ts';
import { JumpHosts, parseHop, type Tunnel } from '../../../src/transport/jump-hosts.ts';

const connection: Connection = {
  transport: 'ssh2',
  host: 'web',
  address: '10.0.0.1',
  user: 'ops',
  port: 2222,
  password: new Secret('pw'),
  privateKeyFile: '/key',
  hostKeyPolicy: 'strict',
  knownHostsFiles: [],
  pinnedHostKeys: ['ssh-ed25519 AAAA'],
  proxyJump: 'a',
  sshArguments: [],
  connectTimeoutMs: 1000,
  useSshConfig: true,
  become: { enabled: false, method: 'sudo', user: 'root', exe: 'sudo' },
};

test.each([
  ['hop', { address: 'hop' }],
  ['me@hop', { address: 'hop', user: 'me' }],
  ['me@hop:2200', { address: 'hop', user: 'me', port: 2200 }],
  ['[::1]:22', { address: '::1', port: 22 }],
  ['ssh://me@hop:22', { address: 'hop', user: 'me', port: 22 }],
])('%s is a jump host', (text, hop) => {
  expect(parseHop(text)).toEqual(hop);
});

test.each(['', 'a b', '@hop', 'hop:', 'hop:ssh', '::1'])('"%s" is not', (text) => {
  expect(() => parseHop(text)).toThrow(/is not a jump host/);
});

describe('jump hosts', () => {
  class FakeTunnel implements Tunnel {
    readonly #closed = new Deferred();
    readonly closed = this.#closed.promise;
    isOpen = true;

    forward(): Promise<never> {
      throw new Error('nobody asks for it');
    }

    async close(): Promise<void> {
      this.isOpen = false;
      this.#closed.resolve();
    }
  }

  function recording(): { readonly jumpHosts: JumpHosts; readonly asked: Connection[]; readonly opened: FakeTunnel[] } {
    const asked: Connection[] = [];
    const opened: FakeTunnel[] = [];
    const jumpHosts = new JumpHosts(async (hop) => {
      asked.push(hop);
      const tunnel = new FakeTunnel();
      opened.push(tunnel);
      return tunnel;
    });
    return { jumpHosts, asked, opened };
  }

  test('get neither the password nor the pinned keys of the host behind them', async () => {
    const { jumpHosts, asked } = recording();
    await jumpHosts.lease('me@a,b:2200', connection, [], undefined);

    const { password: _, user: __, ...rest } = connection;
    expect(asked).toEqual([{ ...rest, address: 'b', port: 2200, proxyJump: 'me@a', pinnedHostKeys: [] }]);
  });

  test('are shared until the last user has released them', async () => {
    const { jumpHosts, opened } = recording();
    const leases = await Promise.all([1, 2].map(() => jumpHosts.lease('a', connection, [], undefined)));
    leases[0]?.release();
    leases[0]?.release();

    expect(opened.map(({ isOpen }) => isOpen)).toEqual([true]);
    leases[1]?.release();
    await opened[0]?.closed;
    expect(opened.map(({ isOpen }) => isOpen)).toEqual([false]);
  });

  test('are opened anew when they were lost', async () => {
    const { jumpHosts, opened } = recording();
    await jumpHosts.lease('a', connection, [], undefined);
    await opened[0]?.close();
    await new Promise(setImmediate);
    await jumpHosts.lease('a', connection, [], undefined);

    expect(opened).toHaveLength(2);
  });

  test('do not end with the one user that gives up waiting', async () => {
    const opening = new Deferred<Tunnel>();
    const jumpHosts = new JumpHosts(() => opening.promise);
    const impatience = new AbortController();
    const [impatient, patient] = [impatience.signal, undefined].map((signal) =>
      jumpHosts.lease('a', connection, [], signal),
    );
    const reason = new Error('enough');
    impatience.abort(reason);

    await expect(impatient).rejects.toBe(reason);
    const tunnel = new FakeTunnel();
    opening.resolve(tunnel);
    expect((await patient)?.tunnel).toBe(tunnel);
    expect(tunnel.isOpen).toBe(true);
  });

  test('that are behind themselves are refused', async () => {
    const jumpHosts: JumpHosts = new JumpHosts(async (hop, trail) => {
      const { tunnel } = await jumpHosts.lease(hop.address === 'a' ? 'b' : 'a', hop, trail, undefined);
      return tunnel;
    });

    await expect(jumpHosts.lease('a', connection, [], undefined)).rejects.toThrow(/is to be reached through itself/);
  });
});
