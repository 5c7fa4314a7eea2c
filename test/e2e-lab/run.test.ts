/*
 * Proves on real nodes, through the command line: a plan names exactly what a run then changes and writes nothing; a second run
 * changes nothing; a node on which a task fails is as it was, byte for byte, and the message says all that happened; a
 * controller that is killed leaves nothing half-written, and its run can be taken back.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';

import { describeLab } from '../lab/describe-lab.ts';
import { k3sbox, useLab } from './use-lab.ts';

const Plan = z.object({
  hosts: z.record(z.string(), z.object({ tasks: z.array(z.object({ name: z.string(), action: z.string() })) })),
});
const TaskEnded = z.object({ type: z.literal('task-ended'), host: z.string(), task: z.string(), status: z.string() });

const play = (last: string): string => `
- hosts: all
  become: true
  handlers:
    - name: restart hello
      service: { name: hello, state: restarted }
  tasks:
    - name: a folder
      file: { path: /opt/hello, state: directory, mode: "0750" }
    - name: its program
      copy: { dest: /opt/hello/run, content: "#!/bin/sh\\nexec sleep infinity\\n", mode: "0755" }
      notify: restart hello
    - name: its unit
      copy:
        dest: /etc/systemd/system/hello.service
        content: "[Service]\\nExecStart=/opt/hello/run\\n[Install]\\nWantedBy=multi-user.target\\n"
      notify: restart hello
    - name: a line in a file that was there
      lineinfile: { path: /etc/hosts, line: "192.0.2.1 elsewhere" }
    - name: a package
      package: { name: rsync, update_cache: true }
    - name: a user
      user: { name: hello, system: true }
    - name: run it
      service: { name: hello, state: started, enabled: true, daemon_reload: true }
    - name: the last one
      shell: ${JSON.stringify(last)}
      changed_when: false
`;

/**
 * Everything that must be as before: paths with rights and content, packages, units, accounts. Not so the copies that useradd
 * and userdel keep of what they change (/etc/passwd- and the like), and the linker's cache.
 */
const look = `find /etc /opt /usr/local /var/lib/k3sbox -printf '%p %m %u %g %l\\n' 2>/dev/null | grep -v '^/var/lib/k3sbox' | sort
find /etc /opt /usr/local -type f ! -name ld.so.cache ! -path '/etc/*-' -exec sha256sum {} + | sort -k2
dpkg-query -W
systemctl list-unit-files --no-legend | grep -v transient
systemctl is-active hello`;

describeLab('a run on a fleet', () => {
  const lab = useLab('run', 3, { base: 'forky' });
  const cwd = mkdtempSync(join(tmpdir(), 'k3sbox-run-'));
  const root = resolve(import.meta.dirname, '../..');
  afterAll(() => rmSync(cwd, { recursive: true }));
  beforeAll(async () => {
    writeFileSync(join(cwd, 'hosts.yaml'), await lab.inventoryYaml());
  });

  const state = async (node: string): Promise<string> => (await lab.ssh(node, `sudo sh -c ${quoted(look)}`)).stdout;
  const run = (command: string, last: string, ...more: string[]) => {
    writeFileSync(join(cwd, 'play.yaml'), play(last));
    return k3sbox(lab, [command, join(cwd, 'play.yaml'), '-i', join(cwd, 'hosts.yaml'), ...more], { cwd });
  };

  test('a failed node is as it was, the others are done, and the message says it all', async () => {
    const before = await state('n2');

    const { code, stdout } = await run('run', 'echo looking >&2; [ {{inventory_hostname}} != n2 ] || exit 3');

    expect(code).toBe(5);
    expect(await state('n2')).toBe(before);
    expect((await lab.ssh('n1', 'systemctl is-active hello; rsync --version | head -n 1')).stdout).toMatch(
      /^active\nrsync/,
    );
    for (const said of ['failed', 'the last one', 'play.yaml:', 'exit code 3', 'looking', 'take back: install rsync']) {
      expect(stdout).toContain(said);
    }
  });

  test('a plan names exactly what then changes, and writes nothing', async () => {
    const before = await state('n2');

    const planned = await run('plan', 'true', '--limit', 'n2', '--output', 'json');
    expect(await state('n2')).toBe(before);
    const { hosts } = Plan.parse(JSON.parse(planned.stdout));
    const done = await run('run', 'true', '--limit', 'n2', '--output', 'json');

    const ended = done.stdout.split('\n').flatMap((line) => TaskEnded.safeParse(parsed(line)).data ?? []);
    const changed = ended.filter(({ status }) => status === 'changed').map(({ task }) => task);
    const foretold = hosts['n2']?.tasks.filter(({ action }) => action === 'change').map(({ name }) => name);
    expect(foretold).toEqual(changed);
    expect(hosts['n2']?.tasks.filter(({ action }) => action === 'unknown')).toEqual([]);
  });

  test('a second run changes nothing', async () => {
    const { code, stdout } = await run('run', 'true', '--output', 'json');

    const ended = stdout.split('\n').flatMap((line) => TaskEnded.safeParse(parsed(line)).data ?? []);
    expect(code).toBe(0);
    expect(ended.filter(({ status }) => status !== 'ok')).toEqual([]);
  });

  test('a controller that is killed leaves nothing running, and its run goes back', async () => {
    const before = await state('n3');
    writeFileSync(join(cwd, 'play.yaml'), play('sleep 4321').replace('/opt/hello/run,', '/opt/hello/other,'));
    const main = [process.execPath, '--import', import.meta.resolve('tsx'), `${root}/src/cli/main.ts`];
    const args = ['run', join(cwd, 'play.yaml'), '-i', join(cwd, 'hosts.yaml'), '--limit', 'n3'];
    const controller = lab.spawn([...main, ...args], { cwd, stdio: 'ignore' });
    await until(async () => (await lab.ssh('n3', 'pgrep -f "sleep 432[1]"')).code === 0);

    controller.kill('SIGKILL');

    await until(async () => (await lab.ssh('n3', 'pgrep -f "sleep 432[1]"')).code === 1);
    const second = await run('run', 'true', '--limit', 'n3');
    expect([second.code, second.stdout]).toEqual([7, expect.stringContaining('takes part in another run: ')]);
    const back = await k3sbox(lab, ['rollback', '--last', '-i', join(cwd, 'hosts.yaml')], { cwd });
    expect(back.code).toBe(0);
    expect(await state('n3')).toBe(before);
  });
});

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function parsed(line: string): unknown {
  return line === '' ? undefined : JSON.parse(line);
}

/** Asks again and again, for a minute at most. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await isSo())) if (performance.now() > deadline) throw new Error('it did not come true within a minute');
}
