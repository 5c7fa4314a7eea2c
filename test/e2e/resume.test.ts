/*
 * Proves what `resume` promises: whatever ended a run, it goes on from there; what was done is not done again, what was
 * registered is known again, handlers that had been notified run, and a command that was cut off is not blindly repeated.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test, vi } from 'vitest';

import { useLocalHosts } from './use-local-hosts.ts';

vi.setConfig({ testTimeout: 60_000 });

const { cwd, k3sbox, start, killedAt, gate, read, write } = useLocalHosts('resume', { n1: {}, n2: {} });

const site = (undo: string): string => `- hosts: n1
  tasks:
    - name: Look
      stat: { path: "${cwd}/conf" }
      register: conf
    - name: Count
      shell: echo once >>${cwd}/count
      register: counted
    - name: Note
      copy: { dest: "${cwd}/conf", content: "one\\n" }
      notify: Reload
    - name: Slow
      shell: echo begun | tee -a ${cwd}/slow; ${gate('go')}; echo done >>${cwd}/slow
${undo}
    - name: Tell
      copy: { dest: "${cwd}/told", content: "was there: {{ conf.stat.exists }}, counted: {{ counted.changed }}\\n" }
  handlers:
    - name: Reload
      shell: echo reload >>${cwd}/reloads
`;

describe('a controller that was killed in the middle of a command', () => {
  test('is gone on from: done once, known again, notified still; what was cut off is taken back and done again', async () => {
    write('site.yaml', site(`      undo: rm -f ${cwd}/slow`));
    await killedAt(/\| begun/);
    write('go', '');
    const resumed = await k3sbox('resume');

    expect(resumed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(read('count')).toBe('once\n');
    expect(read('conf')).toBe('one\n');
    expect(read('slow')).toBe('begun\ndone\n');
    expect(read('told')).toBe('was there: false, counted: true\n');
    expect(read('reloads')).toBe('reload\n');
    expect(readdirSync(join(cwd, '.k3sbox/runs'))).toHaveLength(1);
    expect(await k3sbox('resume')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('nothing to go on') });

    expect(await k3sbox('rollback', '--last')).toMatchObject({ exitCode: 0 });
    expect(['conf', 'slow', 'told'].filter((name) => existsSync(join(cwd, name)))).toEqual([]);
  });

  test('is not gone on from blindly: somebody has to say whether the command may run again', async () => {
    write('site.yaml', site(''));
    await killedAt(/\| begun/);
    const asked = await k3sbox('resume');

    expect(asked.exitCode).toBe(5);
    expect(asked.stdout).toContain('it was cut off in the middle, and nobody knows how far it came');
    expect(asked.stdout).toContain('n1 is left as it is');
    expect(read('conf')).toBe('one\n');
    expect(read('slow')).toBe('begun\n');
    write('go', '');

    expect(await k3sbox('resume', '--rerun')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(read('slow')).toBe('begun\nbegun\ndone\n');
    expect(read('count')).toBe('once\n');
    expect(read('reloads')).toBe('reload\n');
  });
});

describe('a run that failed', () => {
  test('goes on at the task that failed, when its host was left as it was', async () => {
    write(
      'site.yaml',
      `- hosts: all
  rollback: none
  tasks:
    - { name: Count, shell: "echo {{ inventory_hostname }} >>${cwd}/count" }
    - { name: Loop, shell: "echo {{ item }} >>${cwd}/items-{{ inventory_hostname }}", loop: [1, 2, 3] }
    - { name: Fail, shell: "test {{ inventory_hostname }} = n1 -o -e ${cwd}/go" }
    - { name: After, copy: { dest: "${cwd}/{{ inventory_hostname }}", content: "after\\n" } }
`,
    );
    expect(await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml')).toMatchObject({ exitCode: 5 });
    write('go', '');
    const resumed = await k3sbox('resume', '--limit', 'failed');

    expect(resumed).toMatchObject({ exitCode: 0, stderr: '' });
    expect(resumed.stdout).not.toMatch(/^n1 /m);
    expect(read('n2')).toBe('after\n');
    expect(read('count').split('\n').toSorted()).toEqual(['', 'n1', 'n2']);
    expect(read('items-n2')).toBe('1\n2\n3\n');
  });

  test('begins again on a host that was taken back', async () => {
    write(
      'site.yaml',
      `- hosts: n1
  tasks:
    - { name: Write, copy: { dest: "${cwd}/a", content: "a\\n" } }
    - { name: Mark, shell: "echo mark >>${cwd}/marks", undo: "rm -f ${cwd}/marks" }
    - { name: Fail, shell: "test -e ${cwd}/go" }
`,
    );
    expect(await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml')).toMatchObject({ exitCode: 5 });
    expect(existsSync(join(cwd, 'a'))).toBe(false);
    write('go', '');

    expect(await k3sbox('resume')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(read('a')).toBe('a\n');
    expect(read('marks')).toBe('mark\n');
  });
});

test('what somebody changed after the interruption is put right, and its handlers run once more', async () => {
  write(
    'site.yaml',
    `- hosts: n1
  tasks:
    - { name: Write, copy: { dest: "${cwd}/a", content: "a\\n" }, notify: Reload }
    - meta: flush_handlers
    - { name: Wait, shell: "${gate('go')}", irreversible: true }
  handlers:
    - { name: Reload, shell: "echo reload >>${cwd}/reloads" }
`,
  );
  await killedAt(/started +Wait/);
  write('a', 'somebody else\n');
  write('go', '');

  expect(await k3sbox('resume')).toMatchObject({ exitCode: 0 });
  expect(read('a')).toBe('a\n');
  expect(read('reloads')).toBe('reload\nreload\n');
});

test('a run that still goes on is not resumed, and what was secret has to be given again', async () => {
  write('site.yaml', `- hosts: n1\n  tasks:\n    - shell: ${gate('go')}\n      irreversible: true\n`);
  const run = start('run', 'site.yaml', '-i', 'hosts.yaml', '-vv', '-e', 'app_token=geheim42');
  await run.seen(/started +shell/);
  expect(await k3sbox('resume')).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('is still going on') });
  expect(await k3sbox('rollback')).toMatchObject({ exitCode: 7, stderr: expect.stringContaining('is still going on') });
  run.child.kill('SIGKILL');
  await run.ended;

  const asked = await k3sbox('resume');
  expect(asked.exitCode).toBe(2);
  expect(asked.stderr).toContain('Give it again: -e app_token=...');
  write('go', '');
  expect(await k3sbox('resume', '-e', 'app_token=geheim42')).toMatchObject({ exitCode: 0 });
});

test('a command that was cut off behind what it creates is no command that is through', async () => {
  write(
    'site.yaml',
    `- hosts: n1
  tasks:
    - name: Build
      shell: mkdir ${cwd}/built; echo half | tee ${cwd}/built/half; ${gate('go')}; mv ${cwd}/built/half ${cwd}/built/whole
      args: { creates: "${cwd}/built" }
      undo: rm -rf ${cwd}/built
`,
  );
  await killedAt(/\| half/);
  write('go', '');

  expect(await k3sbox('resume')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(readdirSync(join(cwd, 'built'))).toEqual(['whole']);
});

test('a failure that a block was rescuing is not tried again: its rescue goes on', async () => {
  write(
    'site.yaml',
    `- hosts: n1
  tasks:
    - block:
        - { name: Before, copy: { dest: "${cwd}/before", content: "before\\n" } }
        - { name: Try, shell: "echo try >>${cwd}/tries; exit 3", retries: 2, delay: 0, until: tried.rc == 0, register: tried }
        - { name: Never, shell: "echo never >>${cwd}/never" }
      rescue:
        - { name: Count, shell: "echo rescue >>${cwd}/rescues" }
        - { name: Wait, shell: "${gate('go')}", irreversible: true }
        - { name: Told, copy: { dest: "${cwd}/told", content: "{{ ansible_failed_result.rc }} {{ ansible_failed_task.name }}\\n" } }
    - { name: After, copy: { dest: "${cwd}/after", content: "after\\n" } }
`,
  );
  await killedAt(/started +Wait/);
  write('go', '');
  const tries = read('tries');

  expect(await k3sbox('resume', '--rerun')).toMatchObject({ exitCode: 0, stderr: '' });
  expect(read('tries')).toBe(tries);
  expect(read('rescues')).toBe('rescue\n');
  expect([read('told'), read('after'), existsSync(join(cwd, 'never'))]).toEqual(['3 Try\n', 'after\n', false]);
});

test.runIf(process.getuid?.() === 0)(
  'a run that could not free a host says so, and is resumed to free it (needs root)',
  async () => {
    const lock = join(cwd, 'state/n1/lock');
    write(
      'site.yaml',
      `- hosts: n1\n  tasks:\n    - { name: Stuck, command: "mount --bind ${lock} ${lock}", undo: "umount ${lock}" }\n`,
    );
    const run = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');
    const second = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');
    spawnSync('umount', [lock]);

    expect(run.exitCode).toBe(0);
    expect(run.stdout).toMatch(/^n1 +warning +the lock of this run is still there/m);
    expect(run.stdout).toContain('`k3sbox unlock n1 -i INVENTORY`');
    expect(second.exitCode).toBe(7);
    const [first = ''] = readdirSync(join(cwd, '.k3sbox/runs')).toSorted();
    expect(await k3sbox('resume', first)).toMatchObject({ exitCode: 0, stderr: '' });
    expect(existsSync(lock)).toBe(false);
    expect(await k3sbox('resume', first)).toMatchObject({ stdout: expect.stringContaining('nothing to go on') });
  },
);
