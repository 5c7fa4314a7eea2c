import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Connection } from '../../src/base/connection.ts';
import { Host } from '../../src/host/host.ts';
import { spawnTransport } from './spawn-transport.ts';

/** What the inventory would give for a host on this machine that keeps its state in a folder of the test. */
export function localConnection(overrides: Partial<Connection> = {}): Connection {
  return {
    transport: 'local',
    host: 'n1',
    address: 'localhost',
    hostKeyPolicy: 'strict',
    knownHostsFiles: [],
    pinnedHostKeys: [],
    sshArguments: [],
    connectTimeoutMs: 10_000,
    useSshConfig: false,
    become: { enabled: false, method: 'sudo', user: 'root', exe: 'sudo' },
    ...overrides,
  };
}

/** A host on this machine under some shell, with a folder to change and a state folder of its own (with a blank in it). */
export function localHost(shell?: readonly [string, ...string[]]): {
  readonly host: Host;
  readonly folder: string;
  readonly state: string;
} {
  const home = mkdtempSync(join(tmpdir(), 'k3sbox-test-'));
  const state = join(home, 'state folder');
  const connection = localConnection({ stateFolder: state });
  const connect = () => Promise.resolve(spawnTransport(shell));
  return {
    host: new Host(connection, connect, new AbortController().signal),
    folder: mkdtempSync(join(home, 'tree-')),
    state,
  };
}
