import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { z } from 'zod';

import { addressOf } from './addresses.ts';

export interface SimulatedFleetOptions {
  readonly hosts: number;
  /** Hosts, by number from 1, on which nothing can be written to /srv. */
  readonly broken?: readonly number[];
  /** How long each script takes there; no time at all when nothing is said. */
  readonly scriptMs?: number;
  /** Hosts, by number from 1, at whose address nobody answers. */
  readonly away?: readonly number[];
}

const Started = z.object({ port: z.number() });
const Seen = z.object({
  open: z.number(),
  most: z.number(),
  mostScripts: z.number(),
  having: z.array(z.string()),
  locked: z.number(),
});

/** What a fleet says about itself. */
export type FleetState = z.infer<typeof Seen>;

/** Hosts h1, h2, ... that are simulated in a process of their own, and spoken to over SSH like any others. */
export interface SimulatedFleet {
  /** Holds hosts.yaml; it goes when the fleet does. */
  readonly folder: string;
  /** Connections, locks, and the hosts that have a file. */
  look(path?: string): Promise<FleetState>;
  stop(): void;
}

export async function startFleet(options: SimulatedFleetOptions): Promise<SimulatedFleet> {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-fleet-'));
  const hostKey = join(folder, 'host_key');
  for (const file of [hostKey, join(folder, 'user_key')]) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  }
  const broken = (options.broken ?? []).map((number) => number - 1).join(',');
  const server = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      join(import.meta.dirname, 'serve.ts'),
      String(options.hosts),
      hostKey,
      String(options.scriptMs ?? 0),
      broken,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  );
  const answers = createInterface({ input: server.stdout })[Symbol.asyncIterator]();
  const { port } = Started.parse(JSON.parse((await answers.next()).value));
  const key = readFileSync(`${hostKey}.pub`, 'utf8').trim();
  writeFileSync(join(folder, 'known_hosts'), `[127.*]:${port} ${key}\n`);
  writeFileSync(join(folder, 'hosts.yaml'), inventoryOf(options, port, folder));
  return {
    folder,
    async look(path = '/') {
      server.stdin.write(`${path}\n`);
      return Seen.parse(JSON.parse((await answers.next()).value));
    },
    stop() {
      stop(server);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function inventoryOf({ hosts, away = [] }: SimulatedFleetOptions, port: number, folder: string): string {
  const isAway = new Set(away);
  const lines = Array.from({ length: hosts }, (_, i) => {
    // Nobody listens on port 1.
    const elsewhere = isAway.has(i + 1) ? ', ansible_port: 1' : '';
    return `    h${i + 1}: {ansible_host: ${addressOf(i)}, zone: ${'abc'[i % 3] ?? ''}${elsewhere}}\n`;
  });
  return `all:
  vars:
    ansible_user: root
    ansible_port: ${port}
    ansible_ssh_private_key_file: ${folder}/user_key
    k3sbox_known_hosts_file: ${folder}/known_hosts
    k3sbox_host_key_policy: strict
    k3sbox_use_ssh_config: false
  hosts:
${lines.join('')}`;
}

function stop(server: ChildProcess): void {
  server.stdin?.end();
}
