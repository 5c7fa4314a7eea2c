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

export interface LocalHost {
  readonly host: Host;
  /** To be changed. */
  readonly folder: string;
  /** With a blank in it. */
  readonly state: string;
}

export interface LocalHostOptions {
  /** Makes the state folder elsewhere, such as on another file system. */
  readonly stateIn?: string;
  /** The state folder of another one: the same host, met again. */
  readonly state?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** A host on this machine under some shell, with a folder to change and a state folder of its own. */
export function localHost(shell?: readonly [string, ...string[]], options: LocalHostOptions = {}): LocalHost {
  const home = mkdtempSync(join(tmpdir(), 'k3sbox-test-'));
  const parent = options.stateIn === undefined ? home : mkdtempSync(join(options.stateIn, 'k3sbox-test-'));
  const state = options.state ?? join(parent, 'state folder');
  const connection = localConnection({ stateFolder: state });
  const connect = () => Promise.resolve(spawnTransport(shell, options.env));
  return {
    host: new Host(connection, connect, new AbortController().signal),
    folder: mkdtempSync(join(home, 'tree-')),
    state,
  };
}
