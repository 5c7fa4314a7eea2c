/*
 * Proves that a rollback is held to what the rollout was held to: the gate before a wave, the soak between two, and tasks that look at
 * what is back. What they find stops it where it is, and the same command goes on from there.
 */
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { beforeEach, expect, test, vi } from 'vitest';

import { useLocalHosts } from './use-local-hosts.ts';

vi.setConfig({ testTimeout: 60_000 });

const names = ['n1', 'n2', 'n3'];

const { cwd, k3sbox, start, read, write } = useLocalHosts('rollback-gates', { n1: {}, n2: {}, n3: {} });

/** Hosts write a file each; everything that happens to them is in `log`. */
function site(soak = '0'): string {
  const say = (what: string) => `echo ${what} {{ join ansible_play_batch "," }} >>${cwd}/log`;
  return `- hosts: all
  tasks:
    - { name: Find out, command: "echo {{ inventory_hostname }} is known", changed_when: false, register: found }
- name: Roll out
  hosts: all
  rollout:
    waves: 1
    soak: ${soak}
    gate:
      - { shell: '${say('gate')}; test ! -e ${cwd}/closed && [ {{ k3sbox_rollback }} = true ] || [ {{ k3sbox_rollback }} = false ] && [ "{{ found.stdout }}" = "{{ inventory_hostname }} is known" ]' }
    verify:
      - { command: 'test -e ${cwd}/{{ inventory_hostname }}/done', changed_when: false }
    verify_rollback:
      - { shell: '${say('look')}; test ! -e ${cwd}/bad && test ! -e ${cwd}/{{ inventory_hostname }}/done', changed_when: false }
  tasks:
    - { name: Write, copy: { dest: "${cwd}/{{ inventory_hostname }}/done", content: "x\\n" } }
- name: Everywhere at once
  hosts: all
  tasks:
    - { name: Write more, copy: { dest: "${cwd}/{{ inventory_hostname }}/more", content: "x\\n" } }
`;
}

const written = (): string => names.filter((name) => existsSync(join(cwd, name, 'done'))).join(' ');
const log = (): string => read('log');

async function ran(soak?: string): Promise<void> {
  write('site.yaml', site(soak));
  const { exitCode, stdout } = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');
  expect(exitCode, stdout).toBe(0);
  write('log', '');
}

beforeEach(() => {
  write('log', '');
  for (const name of names) mkdirSync(join(cwd, name));
});

test('each wave has its gate before it, and what looks at it behind it', async () => {
  await ran('50ms');

  const { exitCode, stdout, stderr } = await k3sbox('rollback', '--output', 'plain');
  expect({ exitCode, stderr }, stdout).toEqual({ exitCode: 0, stderr: '' });
  expect(log()).toBe('gate n3\nlook n3\ngate n2\nlook n2\ngate n1\nlook n1\n');
  expect(stdout.match(/^wave .*$/gm)).toEqual([
    'wave 1  is at its gate',
    'wave 1  is verified',
    'wave 1  soaks for 50ms',
    'wave 2  is at its gate',
    'wave 2  is verified',
    'wave 2  soaks for 50ms',
    'wave 3  is at its gate',
    'wave 3  is verified',
  ]);
  expect(written()).toBe('');
  // What gates do is no part of the run: there is nothing left of it.
  expect((await k3sbox('runs', 'show')).stdout).not.toMatch(/still stands|perhaps done/);
});

test('a gate that does not open stops it where it is; the same command goes on there', async () => {
  await ran();
  write('bad', '');
  expect(await k3sbox('rollback')).toMatchObject({
    exitCode: 6,
    stdout: expect.stringContaining('the rollback stops: n3 failed the verification; back: n3; not started: n2, n1'),
  });
  rmSync(join(cwd, 'bad'));
  write('closed', '');

  const { exitCode, stdout } = await k3sbox('rollback');
  expect(exitCode).toBe(6);
  expect(stdout).toContain('the rollback stops: n2 may not go back; back: n3; not started: n2, n1');
  expect(stdout).toMatch(/^n2, n1 +skipped /m);
  expect([written(), existsSync(join(cwd, 'state/n2/lock'))]).toEqual(['n1 n2', false]);

  rmSync(join(cwd, 'closed'));
  write('log', '');
  expect(await k3sbox('rollback')).toMatchObject({ exitCode: 0 });
  expect(log()).toBe('look n3\ngate n2\nlook n2\ngate n1\nlook n1\n');
  expect(written()).toBe('');
});

test('by force, to look only, or for tasks that no gate is about, none is asked', async () => {
  await ran();
  write('closed', '');

  expect(await k3sbox('rollback', '--check')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await k3sbox('rollback', '--task', 'Write more')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(await k3sbox('rollback', '--force')).toMatchObject({
    exitCode: 0,
    stderr: 'warning: the gates of the run are not asked (--force)\n',
  });
  expect([written(), log()]).toEqual(['', '']);
});

test.each([
  ['are gone', () => rmSync(join(cwd, 'site.yaml')), 3, 'site.yaml'],
  [
    'have another play',
    () => write('site.yaml', site().replace('Roll out', 'Roll')),
    2,
    'have no play roll-out any more',
  ],
])('playbooks that %s: nothing is touched, since nobody knows the gates', async (_what, change, exitCode, said) => {
  await ran();
  change();

  const refused = await k3sbox('rollback');
  expect(refused).toMatchObject({ exitCode, stderr: expect.stringContaining(said) });
  expect(refused.stderr).toContain('--force');
  expect(written()).toBe('n1 n2 n3');
  expect(await k3sbox('rollback', '--force')).toMatchObject({ exitCode: 0 });
  expect(written()).toBe('');
});

test('tasks of the run that are wrong by now do not matter', async () => {
  await ran();
  write('site.yaml', site().replace('content: "x\\n"', 'src: gone.txt'));

  expect(await k3sbox('rollback')).toMatchObject({ exitCode: 0, stderr: '' });
});

test('one that is killed while it soaks goes on, without asking for what is back', async () => {
  await ran();
  write('site.yaml', site('1h'));
  const rollback = start('rollback', '--output', 'plain');
  await rollback.seen(/soaks/);
  rollback.child.kill('SIGKILL');
  await rollback.ended;
  expect([written(), log()]).toEqual(['n1 n2', 'gate n3\nlook n3\n']);

  write('site.yaml', site());
  expect(await k3sbox('rollback')).toMatchObject({ exitCode: 0 });
  expect(log()).toBe('gate n3\nlook n3\nlook n3\ngate n2\nlook n2\ngate n1\nlook n1\n');
});
