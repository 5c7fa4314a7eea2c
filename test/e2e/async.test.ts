/*
 * Proves what `async` promises: the command does not belong to the controller. It goes on when that one is killed, `resume`
 * picks it up with all of its output, Ctrl-C and a rollback end it, and with `poll: 0` nobody waits for it.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { afterEach, describe, expect, test, vi } from 'vitest';

import { useLocalHosts } from './use-local-hosts.ts';

vi.setConfig({ testTimeout: 60_000 });

const { cwd, k3sbox, start, gate, read, write } = useLocalHosts('async', { n1: {}, n2: {} });

afterEach(async () => {
  write('go', '');
  await vi.waitUntil(() => !isRunning(), { timeout: 15_000 });
});

const startSite = () => start('run', 'site.yaml', '-i', 'hosts.yaml', '-vv');

/** Whether a command is in the background: the first word of `pid` is its process group. */
const isRunning = (): boolean =>
  spawnSync('sh', [
    '-c',
    `for f in ${cwd}/state/*/runs/*/jobs/*/pid; do read -r c x <$f && kill -0 -$c && exit; done; exit 1`,
  ]).status === 0;

const build = (more = ''): string => `- hosts: n1
  tasks:
    - name: Before
      copy: { dest: "${cwd}/before", content: x }
    - name: Build
      shell: |
        echo begun | tee -a ${cwd}/log; ${gate('go')}; echo through | tee -a ${cwd}/log
      async: 10m
      register: built
${more}
    - name: Tell
      copy: { dest: "${cwd}/told", content: "{{ built.stdout }}, {{ built.rc }}\\n" }
`;

describe('a controller that was killed while a command runs in the background', () => {
  test.each([
    ['still runs when the run is resumed', false],
    ['has come to its end meanwhile', true],
  ])('does not end it: one that %s is picked up with all its output', async (_title, isThrough) => {
    write('site.yaml', build());
    const run = startSite();
    await run.seen(/\| begun/);
    run.child.kill('SIGKILL');
    await run.ended;
    expect(isRunning()).toBe(true);

    if (isThrough) write('go', '');
    await expect.poll(isRunning).toBe(!isThrough);
    const resumed = start('resume', '-vv');
    if (!isThrough) await resumed.seen(/\| begun/);
    write('go', '');

    expect(await resumed.ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(read('log')).toBe('begun\nthrough\n');
    expect(read('told')).toBe('begun\nthrough, 0\n');
  });

  test('is resumed again when it is killed again', async () => {
    write('site.yaml', build(`      args: { creates: "${cwd}/none" }`));
    const run = startSite();
    await run.seen(/\| begun/);
    run.child.kill('SIGKILL');
    await run.ended;
    const second = start('resume', '-vv');
    await second.seen(/\| begun/);
    second.child.kill('SIGKILL');
    await second.ended;
    const third = start('resume', '-vv');
    await third.seen(/\| begun/);
    write('go', '');

    expect(await third.ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(read('log')).toBe('begun\nthrough\n');
  });

  test('a rollback ends it, and takes the rest back', async () => {
    write('site.yaml', build(`      undo: rm -f ${cwd}/log`));
    const run = startSite();
    await run.seen(/\| begun/);
    run.child.kill('SIGKILL');
    await run.ended;
    const undone = await k3sbox('rollback', '-v');

    expect(undone).toMatchObject({ exitCode: 0, stderr: '' });
    expect(undone.stdout).toContain('end the command that still runs in the background');
    await expect.poll(isRunning, { timeout: 15_000 }).toBe(false);
    expect(['before', 'log', 'told'].map((name) => existsSync(join(cwd, name)))).toEqual([false, false, false]);
  });

  test('one that was lost is like any that was cut off', async () => {
    write('site.yaml', build());
    const run = startSite();
    await run.seen(/\| begun/);
    run.child.kill('SIGKILL');
    await run.ended;
    spawnSync('sh', [
      '-c',
      `for f in ${cwd}/state/n1/runs/*/jobs/*/pid; do read -r c x s rest <$f; kill -9 $s -$c; done`,
    ]);
    await expect.poll(isRunning, { timeout: 15_000 }).toBe(false);
    const resumed = await k3sbox('resume');

    expect(resumed.exitCode).toBe(5);
    expect(resumed.stdout).toContain('it was cut off in the middle');
  });
});

test('Ctrl-C ends the command before the rollback', async () => {
  write('site.yaml', build(`      undo: rm -f ${cwd}/log`));
  const run = startSite();
  await run.seen(/\| begun/);
  run.child.kill('SIGINT');

  expect(await run.ended).toMatchObject({ exitCode: 130 });
  await expect.poll(isRunning, { timeout: 15_000 }).toBe(false);
  expect(['before', 'log', 'told'].map((name) => existsSync(join(cwd, name)))).toEqual([false, false, false]);
});

test('a command that fails, and one whose time is up, fail their tasks', async () => {
  write(
    'site.yaml',
    `- hosts: all
  tasks:
    - name: Build
      shell: echo out; echo why >&2; [ {{ inventory_hostname }} = n1 ] && exit 3; ${gate('never')}
      async: 1
`,
  );
  const run = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml', '--output', 'json');
  const errors = run.stdout
    .split('\n')
    .flatMap((line) => (line.includes('"task-ended"') ? [JSON.parse(line)] : []))
    .map(({ host, error: { message, output } }) => ({ host, message, output }));

  expect(run.exitCode).toBe(5);
  expect(errors).toEqual(
    expect.arrayContaining([
      { host: 'n1', message: 'exit code 3', output: 'out\nwhy' },
      { host: 'n2', message: expect.stringMatching(/^time was up after /), output: 'out\nwhy' },
    ]),
  );
  await expect.poll(isRunning, { timeout: 15_000 }).toBe(false);
});

test('with poll 0 nobody waits, and async_status tells how it goes', async () => {
  write(
    'site.yaml',
    `- hosts: n1
  tasks:
    - name: Begin
      shell: sleep 0.2; echo {{ item }}; exit {{ item }}
      async: 10m
      poll: 0
      loop: [0, 7]
      register: begun
    - name: Wait
      async_status: { jid: "{{ item.ansible_job_id }}" }
      loop: "{{ begun.results }}"
      register: job
      until: job.finished
      retries: 50
      delay: 100ms
      ignore_errors: yes
    - name: Tell
      copy:
        dest: ${cwd}/told
        content: |
          {{ begun.results.0.started }} {{ begun.results.0.finished }} {{ job.results.0.rc }} {{ job.results.0.failed }}
          {{ job.results.1.rc }} {{ job.results.1.failed }} {{ job.results.1.stdout }}
    - name: Clean up
      async_status: { jid: "{{ begun.results.0.ansible_job_id }}", mode: cleanup }
    - name: Last
      shell: echo hello; ${gate('go')}
      async: 10m
      poll: 0
`,
  );
  const run = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml', '--output', 'plain');

  expect(run).toMatchObject({ exitCode: 0, stderr: '' });
  expect(read('told')).toBe('true false 0 false\n7 true 7\n');
  expect(run.stdout).toContain('"Last" still runs in the background');
  const [, look = ''] = /"Last" still runs[^]*?See on n1: sh (\S+)/.exec(run.stdout) ?? [];
  expect(spawnSync('sh', [look], { encoding: 'utf8' }).stdout).toBe('running\nhello\n');
});

test('a dry run says that it would run in the background, and for how long', async () => {
  write('site.yaml', build());
  const { stdout } = await k3sbox('plan', 'site.yaml', '-i', 'hosts.yaml');

  expect(stdout).toContain('(in the background, at most 10m)');
});
