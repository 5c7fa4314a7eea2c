import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';

import { type BuiltCli, buildCli, type EndedCli, type RunningCli } from '../helpers/built-cli.ts';

/** The built k3sbox, and an inventory of hosts that are all this machine, each with a state folder of its own. */
export interface LocalHosts {
  /** Where k3sbox is started: holds `hosts.yaml`, the journals and, in `state/HOST`, what hosts keep. As new for each test. */
  readonly cwd: string;
  /** Runs k3sbox to its end. */
  readonly k3sbox: (...words: readonly string[]) => Promise<EndedCli>;
  /** Starts it as a process of its own. */
  readonly start: (...words: readonly string[]) => RunningCli;
  /** Starts a run of `site.yaml`, and ends its controller with -9 when this shows. */
  readonly killedAt: (pattern: RegExp, ...words: readonly string[]) => Promise<void>;
  /** A command that goes on only once this file is there. */
  readonly gate: (file: string) => string;
  readonly read: (file: string) => string;
  readonly write: (file: string, text: string) => void;
}

/** For the tests of a file: built before the first of them, gone after the last. `hosts`: their variables. */
export function useLocalHosts(
  name: string,
  hosts: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
): LocalHosts {
  const cwd = mkdtempSync(join(tmpdir(), `k3sbox-${name}-`));
  let cli: BuiltCli | undefined;
  const start = (...words: readonly string[]): RunningCli => {
    if (cli === undefined) throw new Error('k3sbox is built before the first test');
    return cli.start(cwd, words);
  };
  const write = (file: string, text: string): void => writeFileSync(join(cwd, file), text);
  beforeAll(async () => {
    cli = await buildCli();
  }, 120_000);
  beforeEach(() => {
    mkdirSync(cwd, { recursive: true });
    write('hosts.yaml', inventoryOf(cwd, hosts));
  });
  afterEach(() => rmSync(cwd, { recursive: true }));
  afterAll(() => cli?.remove());
  return {
    cwd,
    k3sbox: (...words) => start(...words).ended,
    start,
    async killedAt(pattern, ...words) {
      const run = start('run', 'site.yaml', '-i', 'hosts.yaml', '-vv', ...words);
      await run.seen(pattern);
      run.child.kill('SIGKILL');
      await run.ended;
    },
    gate: (file) => `until [ -e ${cwd}/${file} ]; do sleep 0.05; done`,
    read: (file) => readFileSync(join(cwd, file), 'utf8'),
    write,
  };
}

function inventoryOf(cwd: string, hosts: Parameters<typeof useLocalHosts>[1]): string {
  const entries = Object.entries(hosts).map(([host, vars]) => [
    host,
    { ansible_connection: 'local', k3sbox_state_folder: `${cwd}/state/${host}`, ...vars },
  ]);
  return JSON.stringify({ all: { hosts: Object.fromEntries(entries) } });
}
