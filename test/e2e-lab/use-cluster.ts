import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, expect } from 'vitest';
import { z } from 'zod';

import type { Lab } from '../lab/lab.ts';
import { run } from '../lab/run.ts';
import { k3sbox, useLab } from './use-lab.ts';

const root = resolve(import.meta.dirname, '../..');

const lastEvent = z.object({
  type: z.literal('run-finished'),
  run: z.string(),
  exitCode: z.number(),
  hosts: z.record(z.string(), z.object({ status: z.string(), changed: z.number() })),
});

/** How a run ended; `stdout` are its events. */
export type EndedRun = z.infer<typeof lastEvent> & { readonly stdout: string; readonly stderr: string };

/** What doctor found: statuses by host, and all messages in one text. */
export interface Health {
  readonly exitCode: number;
  readonly status: Readonly<Record<string, string>>;
  readonly cluster: string;
  readonly text: string;
}

const healthDocument = z.object({
  exitCode: z.number(),
  hosts: z.record(z.string(), z.object({ status: z.string() })),
  cluster: z.object({ status: z.string() }),
});

/** A K3s cluster in a lab, and the playbooks of this repository. */
export interface Cluster {
  readonly lab: Lab;
  /** Where k3sbox is started. */
  readonly cwd: string;
  readonly inventory: string;
  /** `k3sbox run PLAYBOOK`, with further options. */
  readonly play: (playbook: string, ...options: readonly string[]) => Promise<EndedRun>;
  /** Any command of k3sbox, with the inventory and JSON as output. */
  readonly command: (words: readonly string[]) => Promise<EndedRun>;
  readonly doctor: (...words: readonly string[]) => Promise<Health>;
  /** What a command prints that root runs on a node; it must succeed. */
  readonly on: (node: string, command: string, input?: string) => Promise<string>;
  readonly kubectl: (words: string, input?: string) => Promise<string>;
  /** Everything that the playbooks may touch on a node, by path, rights and content. */
  readonly tree: (node: string) => Promise<string>;
  /** When K3s was started last. */
  readonly started: (node: string) => Promise<string>;
  /** A folder of Sysbox programs, broken in some way if faults are given. */
  readonly programs: (version: string, ...faults: readonly string[]) => Promise<string>;
}

/** For the tests of a file: n1 and `s2`, `s3`... are servers, all others agents. */
export function useCluster(name: string, nodes: readonly string[]): Cluster {
  const lab = useLab(name, 1, { base: 'forky+ctd+k3s' });
  const cwd = mkdtempSync(join(tmpdir(), `k3sbox-${name}-`));
  const inventory = join(cwd, 'inventory');
  beforeAll(async () => {
    for (const node of nodes) if (node !== 'n1') await lab.new(node, { base: 'forky+ctd+k3s' });
    cpSync(join(root, 'inventories/lab/group_vars'), join(inventory, 'group_vars'), { recursive: true });
    writeFileSync(join(inventory, 'hosts.yaml'), inventoryOf(lab, nodes));
  });
  afterAll(() => rmSync(cwd, { recursive: true }));

  const command = async (words: readonly string[]): Promise<EndedRun> => {
    const { stdout, stderr } = await k3sbox(lab, [...words, '-i', inventory, '--output', 'json'], { cwd });
    const last = stdout.trim().split('\n').at(-1) ?? '';
    expect(last, stderr).toContain('run-finished');
    return { ...lastEvent.parse(JSON.parse(last)), stdout, stderr };
  };
  const on = async (node: string, text: string, input = ''): Promise<string> => {
    const { code, stdout, stderr } = await lab.ssh(node, text, { user: 'root', input });
    expect({ code, stderr }, `${node}: ${text}`).toEqual({ code: 0, stderr: '' });
    return stdout;
  };
  return {
    lab,
    cwd,
    inventory,
    command,
    on,
    play: (playbook, ...options) => command(['run', join(root, 'playbooks', playbook), ...options]),
    async doctor(...words) {
      const { stdout, stderr } = await k3sbox(lab, ['doctor', ...words, '-i', inventory, '--output', 'json'], { cwd });
      const { exitCode, hosts, cluster } = healthDocument.parse(JSON.parse(stdout || `"${stderr}"`));
      const status = Object.fromEntries(Object.entries(hosts).map(([host, found]) => [host, found.status]));
      return { exitCode, status, cluster: cluster.status, text: stdout };
    },
    kubectl: (words, input) => on('n1', `/usr/local/bin/k3s kubectl ${words}`, input),
    tree: (node) => on(node, tree),
    started: (node) => on(node, 'systemctl show k3s k3s-agent -p ExecMainStartTimestampMonotonic'),
    async programs(version, ...faults) {
      const dir = join(cwd, [version, ...faults].join('-'));
      const { code, stderr } = await run([join(root, 'test/lab/stand-ins/sysbox/build.sh'), dir, version, ...faults]);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      return dir;
    },
  };
}

const tree = `for folder in /etc /usr/bin /opt /var/lib/rancher/k3s/agent/etc; do
  [ -e "$folder" ] || continue
  find "$folder" -xdev ! -path '/etc/.pwd.lock' ! -path '/etc/*-' -printf '%y %m %u:%g %p %l\\n'
  find "$folder" -xdev -type f ! -path '/etc/*-' -exec sha256sum {} +
done | sort`;

function isServer(node: string): boolean {
  return node === 'n1' || /^s\d/.test(node);
}

function inventoryOf(lab: Lab, nodes: readonly string[]): string {
  const hosts = (chosen: readonly string[]) =>
    Object.fromEntries(chosen.map((node) => [node, { ansible_host: lab.address(node) }]));
  return JSON.stringify({
    all: {
      vars: {
        ansible_user: 'ops',
        ansible_ssh_private_key_file: lab.keyFile,
        k3sbox_known_hosts_file: lab.knownHostsFile,
      },
      children: {
        k3s_server: { hosts: hosts(nodes.filter(isServer)) },
        k3s_agent: { hosts: hosts(nodes.filter((node) => !isServer(node))) },
      },
    },
  });
}
