import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect } from 'vitest';

import { quote } from '../../src/base/sh.ts';
import type { RunEvent } from '../../src/base/event.ts';
import { type BuiltCli, buildCli, type EndedCli, type RunningCli } from '../helpers/built-cli.ts';
import type { Lab, NodeOptions } from '../lab/lab.ts';
import { useLab } from './use-lab.ts';

/** A node, and what the inventory says about it. */
export interface FleetNode extends NodeOptions {
  readonly vars?: Readonly<Record<string, unknown>>;
}

/** A lab of unlike nodes with an inventory, and the built k3sbox in a folder of its own in its network. */
export interface Fleet {
  readonly lab: Lab;
  /** Where k3sbox is started: holds `hosts.yaml` and the journals. */
  readonly cwd: string;
  /** Runs `k3sbox COMMAND ... -i hosts.yaml`, or without an inventory where the command takes none. */
  readonly k3sbox: (command: string, ...words: readonly string[]) => Promise<EndedCli>;
  /** Starts it as a process of its own. */
  readonly start: (...words: readonly string[]) => RunningCli;
  /** Runs k3sbox on a terminal, with some environment, and answers all that the terminal shows. */
  readonly onTerminal: (
    input: string,
    env: Readonly<Record<string, string>>,
    ...words: readonly string[]
  ) => Promise<string>;
  readonly write: (file: string, text: string) => void;
  /** What a command prints that root runs on a node; it must succeed. */
  readonly root: (node: string, command: string) => Promise<string>;
  /** Everything on a node that a rollback must leave as it was. */
  readonly look: (node: string) => Promise<string>;
  /** The events of a recorded run. */
  readonly events: (run?: string) => Promise<readonly RunEvent[]>;
}

/** For the tests of a file: there before the first of them, gone after the last. */
export function useFleet(name: string, nodes: Readonly<Record<string, FleetNode>>): Fleet {
  const lab = useLab(name, 0);
  const cwd = mkdtempSync(join(tmpdir(), `k3sbox-${name}-`));
  let cli: BuiltCli | undefined;
  const start = (...words: readonly string[]): RunningCli => {
    if (cli === undefined) throw new Error('k3sbox is built before the first test');
    return cli.start(cwd, words);
  };
  const root = async (node: string, command: string): Promise<string> => {
    const { code, stdout, stderr } = await lab.ssh(node, command, { user: 'root' });
    expect({ code, stderr }, `${node}: ${command}`).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  beforeAll(async () => {
    cli = await buildCli((argv) => lab.inHub(argv));
    const [first, ...others] = Object.entries(nodes);
    if (first !== undefined) await lab.new(...first);
    await Promise.all(others.map(([node, options]) => lab.new(node, options)));
    writeFileSync(join(cwd, 'hosts.yaml'), inventoryOf(lab, nodes));
  });
  afterAll(() => {
    cli?.remove();
    rmSync(cwd, { recursive: true });
  });
  return {
    lab,
    cwd,
    start,
    k3sbox: (command, ...words) =>
      start(command, ...(withoutInventory.has(command) ? [] : ['-i', 'hosts.yaml']), ...words).ended,
    async onTerminal(input, env, ...words) {
      const command = [...(cli?.argv ?? []), ...words].map(quote).join(' ');
      return (await lab.exec(['script', '-qec', command, '/dev/null'], { cwd, env, input })).stdout;
    },
    write: (file, text) => writeFileSync(join(cwd, file), text),
    root,
    look: (node) => root(node, looking),
    async events(run = 'last') {
      const { stdout } = await start('runs', 'show', run, '--output', 'json').ended;
      return stdout
        .trimEnd()
        .split('\n')
        .map((line): RunEvent => JSON.parse(line));
    },
  };
}

const withoutInventory = new Set(['rollback', 'runs']);

function inventoryOf(lab: Lab, nodes: Readonly<Record<string, FleetNode>>): string {
  const hosts = Object.entries(nodes).map(([node, { vars }]) => [node, { ansible_host: lab.address(node), ...vars }]);
  const vars = {
    ansible_user: 'ops',
    ansible_ssh_private_key_file: lab.keyFile,
    k3sbox_known_hosts_file: lab.knownHostsFile,
  };
  return JSON.stringify({ all: { vars, hosts: Object.fromEntries(hosts) } });
}

/** What every system writes to when somebody logs in, or when packages come and go. */
const restless = ['/var/lib/k3sbox', '/etc/ld.so.cache', '/etc/.pwd.lock', "'/etc/*-'"];

/** Understood by busybox, too. */
const looking = `
set -- /etc
for folder in /opt /usr/local /root /home /srv /var/spool; do if [ -e $folder ]; then set -- "$@" $folder; fi; done
all() { find "$@" ${restless.map((path) => `! -path ${path}`).join(' ')} ! -path '/var/lib/k3sbox/*'; }
all "$@" -exec stat -c '%F %a %u:%g %n' {} + | sort
all "$@" -type l | sort | while read -r link; do echo "$link -> $(readlink "$link")"; done
all "$@" -type f | sort | while IFS= read -r file; do sha256sum "$file"; done
cat /etc/passwd /etc/group
cut -d ' ' -f 2,3 /proc/mounts | grep -v /run/user | sort
cat /proc/sys/net/ipv4/ip_default_ttl
hostname
if command -v dpkg-query >/dev/null; then dpkg-query -W; fi
if [ -d /run/systemd/system ]; then
  systemctl list-unit-files --no-legend --no-pager | grep -v 'transient\\|generated'
  systemctl list-units --type=service --state=running --no-legend --plain --no-pager | cut -d ' ' -f 1 | grep -v '^user@'
fi`;
