/*
 * Proves what is promised of large files: hosts have them from each other where the inventory says so, and a soak is used to send
 * them to the next wave, whose hosts are otherwise left alone.
 */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { sha256Hex } from '../../src/base/digest.ts';
import { type Sshd, startSshd } from '../helpers/sshd.ts';
import { useLocalHosts } from './use-local-hosts.ts';

vi.setConfig({ testTimeout: 60_000 });

const { cwd, k3sbox, start, write, read } = useLocalHosts('large', { n1: {}, n2: {}, n3: {} });
const names = ['n1', 'n2', 'n3'];
const bytes = randomBytes(2_000_000);
const copied = (): string => names.filter((name) => existsSync(join(cwd, name, 'artifact'))).join(' ');

beforeEach(() => {
  for (const name of names) mkdirSync(join(cwd, name));
  writeFileSync(join(cwd, 'artifact'), bytes);
});

describe('from host to host', () => {
  let sshd: Sshd;
  beforeAll(async () => {
    sshd = await startSshd();
  });
  afterAll(() => sshd.stop());

  function inventory(relayAddress: string): void {
    const ofHost = (name: string) => ({ k3sbox_state_folder: `${cwd}/state/${name}` });
    const vars = {
      ansible_host: sshd.address,
      ansible_port: sshd.port,
      ansible_user: sshd.user,
      ansible_private_key_file: sshd.privateKeyFile,
      k3sbox_known_hosts_file: sshd.knownHostsFile,
      k3sbox_use_ssh_config: false,
      k3sbox_relay: 'lab',
      k3sbox_relay_address: relayAddress,
    };
    const hosts = Object.fromEntries(names.map((name) => [name, ofHost(name)]));
    write('hosts.yaml', JSON.stringify({ all: { hosts, vars } }));
    write(
      'site.yaml',
      `- hosts: all\n  tasks:\n    - copy: { src: artifact, dest: "${cwd}/{{ inventory_hostname }}/artifact" }\n`,
    );
  }

  test('all hosts have the file, and nothing of it is left beside', async () => {
    inventory(sshd.address);

    const { exitCode, stdout } = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml', '--output', 'json');

    expect(exitCode).toBe(0);
    for (const name of names) expect(readFileSync(join(cwd, name, 'artifact')).equals(bytes)).toBe(true);
    expect(stdout).not.toContain('"type":"warning"');
    expect(names.map((name) => existsSync(join(cwd, 'state', name, 'runs', runId(stdout), 'stage')))).not.toContain(
      true,
    );
  });

  test('where they do not reach each other, they have it from the controller, and a warning says so', async () => {
    inventory('192.0.2.1');

    const { exitCode, stdout } = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml', '--output', 'plain');

    expect(exitCode).toBe(0);
    expect(copied()).toBe('n1 n2 n3');
    expect(stdout).toMatch(
      /(n\d) cannot give it away: cannot listen on 192\.0\.2\.1.*; \1 was passed over, and the file sent from here/,
    );
  });
});

/** All hosts are this machine: who is to seem to be without the file takes it away. The first task tells what is in the stage. */
function site(waves: string, { gate = 'true', takenAway = true } = {}): void {
  write(
    'site.yaml',
    `- hosts: all
  rollout: { waves: [${waves}], soak: 3s, gate: [{ command: "${gate}", changed_when: false }] }
  tasks:
    - name: Look
      shell: "ls ${cwd}/state/{{ inventory_hostname }}/runs/*/stage >${cwd}/{{ inventory_hostname }}/stage 2>/dev/null; true"
      changed_when: false
    - meta: flush_handlers
    - copy: { src: artifact, dest: ${cwd}/out }
    - shell: "cp ${cwd}/out ${cwd}/{{ inventory_hostname }}/artifact; ${takenAway ? `rm ${cwd}/out` : ''}"
`,
  );
}

describe('while a rollout soaks', () => {
  const sum = sha256Hex(bytes);

  test('the next wave is sent the large files of this one', async () => {
    site('1, 1, 1');

    const { exitCode } = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');

    expect(exitCode).toBe(0);
    expect(copied()).toBe('n1 n2 n3');
    expect(names.map((name) => read(`${name}/stage`))).toEqual(['', `${sum}\n`, `${sum}\n`]);
    expect(names.flatMap((name) => stages(name))).toEqual([]);
  });

  test('a host that has the file already is sent nothing', async () => {
    site('1, 2', { takenAway: false });

    const { exitCode } = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');

    expect(exitCode).toBe(0);
    expect(names.map((name) => read(`${name}/stage`))).toEqual(['', '', '']);
  });

  test('a dry run sends nothing', async () => {
    site('1, 2');

    const { exitCode } = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml', '--check');

    expect(exitCode).toBe(0);
    expect(existsSync(join(cwd, 'state'))).toBe(false);
  });

  test('what a host was sent goes when its wave does not come', async () => {
    site('1, 1, 1', { gate: `test ! -e ${cwd}/n1/artifact` });

    const { exitCode } = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');

    expect(exitCode).toBe(5);
    expect(copied()).toBe('n1');
    expect(existsSync(join(cwd, 'state/n2/runs'))).toBe(true);
    expect(stages('n2')).toEqual([]);
    expect(existsSync(join(cwd, 'state/n3'))).toBe(false);
  });
});

test('a rollout that is aborted while it soaks takes away what it has sent ahead', async () => {
  write(
    'site.yaml',
    `- hosts: all
  rollout: { waves: [1, 2], soak: 50s }
  tasks:
    - copy: { src: artifact, dest: ${cwd}/out }
    - command: rm ${cwd}/out
`,
  );
  const run = start('run', 'site.yaml', '-i', 'hosts.yaml');
  await expect.poll(() => stages('n3'), { timeout: 30_000 }).toHaveLength(1);

  const aborted = await k3sbox('abort', '--last');

  expect([aborted.exitCode, (await run.ended).exitCode]).toEqual([0, 5]);
  expect(readdirSync(join(cwd, 'state/n2/runs'))).toEqual([]);
  expect(readdirSync(join(cwd, 'state/n3/runs'))).toEqual([]);
});

/** The stages of all runs that a host has. */
function stages(name: string): readonly string[] {
  const runs = join(cwd, 'state', name, 'runs');
  return (existsSync(runs) ? readdirSync(runs) : []).filter((run) => existsSync(join(runs, run, 'stage')));
}

function runId(stdout: string): string {
  return /"run":"([^"]+)"/.exec(stdout)?.[1] ?? '';
}
