import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { type BuiltCli, buildCli } from '../helpers/built-cli.ts';

// Each starts some processes; with others on the machine that may take a while.
vi.setConfig({ testTimeout: 60_000 });

let cli: BuiltCli;
let cwd: string;

beforeAll(async () => {
  cli = await buildCli();
}, 120_000);

afterAll(() => {
  cli.remove();
});

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'k3sbox-e2e-'));
  writeFileSync(join(cwd, 'hosts.yaml'), hosts('n1', 'n2'));
  writeFileSync(join(cwd, 'motd'), 'before\n');
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

/** Hosts that are this machine, each with an undo log of its own. */
function hosts(...names: readonly string[]): string {
  const lines = names.map(
    (name) => `    ${name}: {ansible_connection: local, k3sbox_state_folder: ${cwd}/state/${name}}`,
  );
  return `all:\n  hosts:\n${lines.join('\n')}\n`;
}

function playbook(...tasks: readonly string[]): void {
  writeFileSync(join(cwd, 'site.yaml'), `- hosts: n1\n  tasks:\n${tasks.map((task) => `    - ${task}\n`).join('')}`);
}

const writeMotd = () => `copy: {dest: ${cwd}/motd, content: "after\\n"}`;
const motd = () => readFileSync(join(cwd, 'motd'), 'utf8');

function k3sbox(...words: readonly string[]) {
  return cli.run(cwd, ...words);
}

describe('a playbook', () => {
  test('is planned, run, found done, and taken back', async () => {
    playbook(writeMotd());

    const plan = await k3sbox('plan', 'site.yaml', '-i', 'hosts.yaml', '--detailed-exit-code');
    expect(plan).toMatchObject({ exitCode: 1, stderr: '' });
    expect(plan.stdout).toContain('-before\n      +after\nplan  1 host: 1 change, 0 as wanted, 0 skipped\n');
    expect(readdirSync(cwd).toSorted()).toEqual(['hosts.yaml', 'motd', 'site.yaml']);
    expect(motd()).toBe('before\n');

    expect(await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml')).toMatchObject({ exitCode: 0, stderr: '' });
    expect(motd()).toBe('after\n');
    expect(await k3sbox('plan', 'site.yaml', '-i', 'hosts.yaml', '--detailed-exit-code')).toMatchObject({
      exitCode: 0,
    });

    const rollback = await k3sbox('rollback', '--last');
    expect(rollback).toMatchObject({ exitCode: 0, stderr: '' });
    expect(rollback.stdout).toContain('n1    rolled-back             1 step taken back\n');
    expect(motd()).toBe('before\n');
  });

  test('that `init` writes runs at once, and again', async () => {
    await k3sbox('init', 'demo');
    const inventory = join(cwd, 'demo/inventories/example.yaml');
    const text = readFileSync(inventory, 'utf8').replace('/tmp/k3sbox-example', `${cwd}/hello`);
    writeFileSync(inventory, text.replace('local\n', `local\n      k3sbox_state_folder: ${cwd}/state\n`));
    const folder = join(cwd, 'demo');

    expect(await cli.run(folder, 'validate', 'site.yaml', '-i', 'example')).toMatchObject({
      exitCode: 0,
      stdout: 'site.yaml is valid\n',
    });
    expect((await cli.run(folder, 'run', 'site.yaml', '-i', 'example')).stdout).toContain('; 3 tasks changed; ');
    expect((await cli.run(folder, 'run', 'site.yaml', '-i', 'example')).stdout).toContain('; 0 tasks changed; ');
    expect(readFileSync(join(cwd, 'hello/hello.txt'), 'utf8')).toBe('Hello from this-machine.\n');
  });

  test('that fails is explained, taken back, and shown again from its journal', async () => {
    playbook(writeMotd(), '{name: Break, command: cat /nowhere}');
    const run = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');

    expect(run.exitCode).toBe(5);
    expect(run.stdout).toMatch(/^n1 {4}failed .* Break$/m);
    expect(run.stdout).toMatch(/^ {4}at {7}site.yaml:4:7$/m);
    expect(run.stdout).toContain('/nowhere: No such file or directory');
    expect(motd()).toBe('before\n');

    const shown = await k3sbox('runs', 'show');
    expect(shown.stdout).toContain(run.stdout.slice(run.stdout.indexOf('n1  '), run.stdout.indexOf('recap')));
  });

  test('that is wrong is shown where it is wrong, and nothing is touched', async () => {
    playbook(writeMotd(), 'coppy: {dest: /x}');
    const run = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');

    expect(run).toMatchObject({ exitCode: 3, stdout: '' });
    expect(run.stderr).toContain('site.yaml:4:7: there is no module `coppy`');
    expect(run.stderr).toContain('Did you mean `copy`?');
    expect(existsSync(join(cwd, '.k3sbox'))).toBe(false);
  });
});

describe('output', () => {
  test('as JSON is an event a line, the last one the end of the run', async () => {
    playbook(writeMotd());
    const { stdout } = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml', '--output', 'json');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));

    expect(events[0]).toMatchObject({ type: 'run-started', hosts: ['n1'], time: expect.stringMatching(/Z$/) });
    expect(events.at(-1)).toMatchObject({
      type: 'run-finished',
      exitCode: 0,
      hosts: { n1: { status: 'ok', ok: 1, changed: 1, skipped: 0, failed: 0, undone: 0 } },
    });
  });

  test('of plan as JSON is one document', async () => {
    playbook(writeMotd());
    const { stdout } = await k3sbox('plan', 'site.yaml', '-i', 'hosts.yaml', '--output', 'json');

    expect(JSON.parse(stdout)).toMatchObject({
      hosts: {
        n1: { tasks: [{ module: 'copy', action: 'change', reversible: true, steps: [{ diff: expect.any(String) }] }] },
      },
    });
  });

  test('holds no secret, nor does the journal', async () => {
    playbook('{name: Say it, shell: "echo {{ db_password }}; echo -n {{ db_password }} | base64; exit 1"}');
    const run = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml', '-e', 'db_password=hunter22 x', '-vv', '--diff');
    const [id = ''] = readdirSync(join(cwd, '.k3sbox/runs'));
    const folder = join(cwd, '.k3sbox/runs', id);
    const kept = ['run.json', 'events.jsonl'].map((file) => readFileSync(join(folder, file), 'utf8')).join('');

    expect(run.exitCode).toBe(5);
    for (const text of [run.stdout, run.stderr, kept]) {
      expect(text).not.toContain('hunter22');
      expect(text).not.toContain('aHVudGVyMjIg');
    }
    expect(run.stdout).toContain('***');
  });

  test('that nobody reads stops nothing', async () => {
    playbook(writeMotd());
    const { child, ended } = cli.start(cwd, ['run', 'site.yaml', '-i', 'hosts.yaml', '-v']);
    child.stdout?.destroy();

    expect(await ended).toMatchObject({ exitCode: 0, stderr: '' });
    expect(motd()).toBe('after\n');
  });
});

describe('a run that is stopped', () => {
  const sleep = '{name: Sleep, command: sleep 300}';

  test('by Ctrl-C takes its hosts back', async () => {
    playbook(writeMotd(), sleep);
    const run = cli.start(cwd, ['run', 'site.yaml', '-i', 'hosts.yaml', '-vv']);
    await run.seen(/step +run sleep 300/);

    run.child.kill('SIGINT');

    expect(await run.ended).toMatchObject({ exitCode: 130, stdout: expect.stringContaining('warning  stopping') });
    expect(motd()).toBe('before\n');
  });

  test('by a second Ctrl-C lets go at once, and rollback goes on from there', async () => {
    playbook(writeMotd(), sleep);
    const run = cli.start(cwd, ['run', 'site.yaml', '-i', 'hosts.yaml', '-vv']);
    await run.seen(/step +run sleep 300/);

    run.child.kill('SIGINT');
    await run.seen(/stopping/);
    run.child.kill('SIGINT');
    const { exitCode, stderr } = await run.ended;

    expect(exitCode).toBe(130);
    expect(stderr).toMatch(
      /^let go of run \S+; go on with: k3sbox resume \S+; take it back with: k3sbox rollback \S+$/m,
    );
    expect(await k3sbox('rollback', '--last')).toMatchObject({ exitCode: 0 });
    expect(motd()).toBe('before\n');
  });

  test('by kill -9 leaves a journal that tells what stands, and rollback takes it back', async () => {
    playbook(writeMotd(), 'command: cat motd', sleep);
    const run = cli.start(cwd, ['run', 'site.yaml', '-i', 'hosts.yaml', '-vv']);
    await run.seen(/step +run sleep 300/);

    run.child.kill('SIGKILL');
    await run.ended;

    const shown = await k3sbox('runs', 'show');
    expect(shown.stdout).toContain('was stopped in the middle');
    expect(shown.stdout).toMatch(/n1 {2}(still stands|perhaps done) {2}write .*motd/);
    expect(await k3sbox('rollback')).toMatchObject({ exitCode: 0 });
    expect(motd()).toBe('before\n');
  });
});

describe('exit codes', () => {
  test('a host that cannot be reached is 4', async () => {
    playbook(writeMotd());
    writeFileSync(join(cwd, 'hosts.yaml'), 'all: {hosts: {n1: {ansible_host: 127.77.9.9, ansible_port: 1}}}\n');
    const run = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');

    expect(run.exitCode).toBe(4);
    expect(run.stdout).toMatch(/^n1 {4}unreachable/m);
  });

  test('a host in another run is 7, and unlock says whose it was', async () => {
    playbook(writeMotd(), '{name: Sleep, command: sleep 300}');
    const first = cli.start(cwd, ['run', 'site.yaml', '-i', 'hosts.yaml', '-vv']);
    await first.seen(/step +run sleep 300/);

    const second = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');
    expect(second.exitCode).toBe(7);
    expect(second.stdout).toContain('n1 takes part in another run');

    expect((await k3sbox('unlock', 'n1', '-i', 'hosts.yaml')).stdout).toMatch(/^n1 {2}freed {2}run=\S+, owner=/);
    first.child.kill('SIGINT');
    await first.ended;
  });

  test('a host in another run may be asked by a delegated task, and not be changed', async () => {
    playbook('{name: Sleep, command: sleep 300}');
    const first = cli.start(cwd, ['run', 'site.yaml', '-i', 'hosts.yaml', '-vv']);
    await first.seen(/step +run sleep 300/);
    const other = (task: string): void =>
      writeFileSync(join(cwd, 'other.yaml'), `- hosts: n2\n  tasks:\n    - {delegate_to: n1, ${task}}\n`);

    other(`stat: {path: ${cwd}/motd}`);
    expect((await k3sbox('run', 'other.yaml', '-i', 'hosts.yaml')).exitCode).toBe(0);
    other(`copy: {dest: ${cwd}/motd, content: mine}`);
    const refused = await k3sbox('run', 'other.yaml', '-i', 'hosts.yaml');
    expect(refused.exitCode).toBe(7);
    expect(refused.stdout).toContain('n1 takes part in another run');
    expect(motd()).toBe('before\n');

    first.child.kill('SIGINT');
    await first.ended;
  });

  test('without an inventory there is only localhost', async () => {
    playbook(writeMotd());
    const run = await k3sbox('run', 'site.yaml');

    expect(run.exitCode).toBe(3);
    expect(run.stderr).toContain(
      'warning: no inventory was given with -i: there is only localhost\nsite.yaml:1:10: `n1` matches no',
    );
  });

  test.each([
    ['an inventory that is not there', ['run', 'site.yaml', '-i', 'nowhere']],
    ['questions without a terminal', ['run', 'site.yaml', '-i', 'hosts.yaml', '--step']],
    ['passwords without a terminal', ['run', 'site.yaml', '-i', 'hosts.yaml', '-K']],
  ])('%s is 2', async (_title, words) => {
    playbook(writeMotd());
    const { exitCode, stderr } = await k3sbox(...words);

    expect({ exitCode, stderr }).toMatchObject({ exitCode: 2, stderr: expect.stringMatching(/^error: /) });
    expect(motd()).toBe('before\n');
  });
});

describe('ad hoc', () => {
  test('exec runs a command on all hosts', async () => {
    const { stdout, exitCode } = await k3sbox(
      'exec',
      'all',
      '-i',
      'hosts.yaml',
      '--',
      'echo out; echo err >&2; exit 3',
    );

    expect(exitCode).toBe(5);
    for (const name of ['n1', 'n2']) {
      expect(stdout).toMatch(new RegExp(`^${name}  rc=3  .*\n${name}  \\| out\n${name}  ! err$`, 'm'));
    }
  });

  test('ping and facts', async () => {
    expect((await k3sbox('ping', 'n2', '-i', 'hosts.yaml')).stdout).toMatch(/^n2 {2}ok {2}\S+ \(uid \d+\)/);
    expect(JSON.parse((await k3sbox('facts', 'n1', '-i', 'hosts.yaml')).stdout)).toMatchObject({
      n1: { hostname: expect.any(String) },
    });
  });
});
