/*
 * Proves what `rollback` promises: what it would do can be seen before; a part can be taken back; what somebody changed since
 * is shown and left alone; it can be cut off and gone on with; and old logs go, but none that may still be needed.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, describe, expect, test, vi } from 'vitest';

import { useLocalHosts } from './use-local-hosts.ts';

vi.setConfig({ testTimeout: 60_000 });

const { cwd, k3sbox, start, read, write } = useLocalHosts('rollback', { n1: { k3sbox_keep_runs: 2 } });

beforeEach(() => {
  write('conf', 'before\n');
  write(
    'site.yaml',
    `- hosts: n1
  tasks:
    - name: Configure
      copy: { dest: "${cwd}/conf", content: "ours\\n" }
    - name: Install
      copy: { dest: "${cwd}/unit", content: "unit\\n" }
    - name: Configure more
      lineinfile: { path: "${cwd}/conf", line: more }
`,
  );
});

const runSite = async (): Promise<void> =>
  expect(await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml')).toMatchObject({ exitCode: 0, stderr: '' });

test('what a rollback would do is shown before, with what somebody changed since; nothing is touched', async () => {
  await runSite();
  const journal = () => read(`.k3sbox/runs/${readdirSync(join(cwd, '.k3sbox/runs'))[0] ?? ''}/events.jsonl`);
  const before = journal();
  write('unit', 'theirs\n');

  const { exitCode, stdout } = await k3sbox('rollback', '--check', '--output', 'plain');
  expect(exitCode).toBe(6);
  expect(stdout).toMatch(/^n1 +would undo +take back: write .*\/conf$/m);
  expect(stdout).toMatch(/^n1 +cannot undo +take back: write .*\/unit: somebody changed/m);
  expect(stdout).toMatch(/^ {4}-unit\n {4}\+theirs$/m);
  expect(stdout).toMatch(/its content is another one/);
  expect([read('conf'), read('unit'), journal()]).toEqual(['ours\nmore\n', 'theirs\n', before]);

  write('unit', 'unit\n');
  expect(await k3sbox('rollback', '--check')).toMatchObject({ exitCode: 0, stderr: '' });
});

test('a part is taken back, and the rest later; what stands on it is named', async () => {
  await runSite();

  const blocked = await k3sbox('rollback', '--task', 'Configure');
  expect(blocked.exitCode).toBe(6);
  expect(blocked.stdout).toContain('the task `Configure more`, which came later, stands on it and is not taken back');
  expect(await k3sbox('rollback', '--task', 'Instal')).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('Did you mean `Install`?'),
  });

  expect(await k3sbox('rollback', '--task', 'Install')).toMatchObject({ exitCode: 0 });
  expect([existsSync(join(cwd, 'unit')), read('conf')]).toEqual([false, 'ours\nmore\n']);
  expect(await k3sbox('rollback', '--task', 'Configure', '--task', 'Configure more')).toMatchObject({ exitCode: 0 });
  expect(read('conf')).toBe('before\n');
  expect((await k3sbox('rollback')).stdout).toMatch(/^n1 +ok /m);
});

test('a rollback whose controller is killed in the middle is gone on with', async () => {
  write(
    'site.yaml',
    `${read('site.yaml')}    - name: Slow
      shell: echo slow >${cwd}/slow
      undo: echo begun >${cwd}/undoing; until [ -e ${cwd}/go ]; do sleep 0.05; done; rm -f ${cwd}/slow
`,
  );
  await runSite();
  const rollback = start('rollback', '--output', 'plain');
  await rollback.seen(/taking back/);
  await vi.waitFor(() => expect(existsSync(join(cwd, 'undoing'))).toBe(true), { timeout: 20_000 });
  rollback.child.kill('SIGKILL');
  await rollback.ended;
  write('go', '');

  expect(await k3sbox('rollback')).toMatchObject({ exitCode: 0, stderr: '' });
  expect([read('conf'), existsSync(join(cwd, 'unit')), existsSync(join(cwd, 'slow'))]).toEqual([
    'before\n',
    false,
    false,
  ]);
});

test('an undo that would lie on the host with a secret in it is refused before anything is done', async () => {
  write(
    'site.yaml',
    `- hosts: n1
  vars: { db_password: hunter22 }
  tasks:
    - name: Log in
      shell: touch ${cwd}/in
      undo: logout --password={{ db_password }}
`,
  );

  const { exitCode, stdout } = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');
  expect(exitCode).toBe(5);
  expect(stdout).toContain('the `undo` of this task would store a secret on the host');
  expect(existsSync(join(cwd, 'in'))).toBe(false);
});

const logs = () => readdirSync(join(cwd, 'state/n1/runs')).length;

describe('old logs on hosts', () => {
  test('go at the end of a good run, and with `runs prune`', async () => {
    for (const text of ['1', '2', '3']) {
      write('conf', text);
      await runSite();
    }
    expect(logs()).toBe(2);

    const { exitCode, stdout } = await k3sbox('runs', 'prune', '--keep', '1', '-i', 'hosts.yaml');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^2 runs removed\nn1 +1 log removed/);
    expect(logs()).toBe(1);
    expect(await k3sbox('rollback')).toMatchObject({ exitCode: 0 });
    expect(read('conf')).toBe('3');
  });

  test('stay while a run that was left in the middle may still be taken back', async () => {
    write('site.yaml', `${read('site.yaml')}    - fail: { msg: no }\n`);
    expect(await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml', '--no-rollback')).toMatchObject({ exitCode: 5 });

    const kept = await k3sbox('runs', 'prune', '--keep', '0', '-i', 'hosts.yaml');
    expect(kept.stdout).toMatch(/0 logs removed; kept since they may be needed: \d/);
    expect(await k3sbox('runs', 'prune', '--keep', '0', '-i', 'hosts.yaml', '--force')).toMatchObject({ exitCode: 0 });
    expect(logs()).toBe(0);
  });
});
