/*
 * Proves what a rollout promises its operator: it stops at the budget, takes back what it must, looks before it goes on, and
 * obeys another terminal.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { type BuiltCli, buildCli } from '../helpers/built-cli.ts';

vi.setConfig({ testTimeout: 60_000 });

const names = ['n1', 'n2', 'n3', 'n4', 'n5'];

let cli: BuiltCli;
let cwd: string;

beforeAll(async () => {
  cli = await buildCli();
}, 120_000);

afterAll(() => cli.remove());

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'k3sbox-rollout-'));
  for (const name of names) mkdirSync(join(cwd, name));
  const hosts = names.map(
    (name, i) =>
      `    ${name}: {ansible_connection: local, k3sbox_state_folder: ${cwd}/state/${name}, zone: ${i % 2 === 0 ? 'a' : 'b'}}\n`,
  );
  writeFileSync(join(cwd, 'hosts.yaml'), `all:\n  hosts:\n${hosts.join('')}`);
});

afterEach(() => rmSync(cwd, { recursive: true }));

const k3sbox = (...words: readonly string[]) => cli.run(cwd, ...words);
/** The hosts that have written their file. */
const written = (): string => names.filter((name) => existsSync(join(cwd, name, 'done'))).join(' ');

/** Hosts write a file each; those of `failing` fail then. */
function site(rollout: string, { failing = '', before = 'true' } = {}): void {
  writeFileSync(
    join(cwd, 'site.yaml'),
    `- hosts: all
  rollout: ${rollout}
  tasks:
    - { name: Wait, command: "${before}", changed_when: false }
    - { name: Write, copy: { dest: "${cwd}/{{ inventory_hostname }}/done", content: "x\\n" } }
    - { name: Judge, command: "true", changed_when: false, failed_when: "inventory_hostname in [${failing}]" }
`,
  );
}

test('the budget counts over waves; what is over it stops the rollout, and failed hosts go back', async () => {
  site('{ waves: [1, 2], budget: 1 }', { failing: "'n1', 'n3'" });
  const { exitCode, stdout } = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');

  expect(exitCode).toBe(5);
  expect(stdout).toContain('the rollout stops: n1, n3 failed; not started: n4, n5');
  expect(written()).toBe('n2');
});

test.each([
  ['wave', 'n1'],
  ['run', ''],
])('on_failure: %s leaves %s', async (onFailure, left) => {
  site(`{ waves: [1, 2], on_failure: ${onFailure} }`, { failing: "'n3'" });
  const { exitCode } = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');

  expect(exitCode).toBe(5);
  expect(written()).toBe(left);
});

test('verify stops it, and takes back what it found wrong', async () => {
  const look = `{ name: Look, command: "test {{ inventory_hostname }} != n2", changed_when: false }`;
  site(`{ waves: [3], verify: [${look}] }`);
  const { exitCode, stdout } = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');

  expect(exitCode).toBe(5);
  expect(stdout).toContain('wave 1  is verified');
  expect(stdout).toContain('the rollout stops: n2 failed the verification; not started: n4, n5');
  expect(written()).toBe('n1 n3');
});

test('a wave may be one host of each zone, and a plan shows it all', async () => {
  site('{ waves: 1, per: zone }');
  const { stdout, exitCode } = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');
  expect(exitCode, stdout).toBe(0);

  expect(stdout.match(/^wave .*$/gm)).toEqual(['wave 1/3  n1, n2', 'wave 2/3  n3, n4', 'wave 3/3  n5']);
  expect((await k3sbox('plan', 'site.yaml', '-i', 'hosts.yaml')).exitCode).toBe(0);
});

test.each([
  ['throttle: 1', '', '    throttle: 1\n'],
  ['a play of its own that goes one at a time', '  serial: 1\n', ''],
])('what went one at a time goes back one at a time when all fail: %s', async (_how, play, task) => {
  writeFileSync(
    join(cwd, 'site.yaml'),
    `- hosts: all
${play}  tasks:
  - name: Restart
    command: echo restart
    undo: |
      echo "begin" >>${cwd}/undone; sleep 0.1; echo "end" >>${cwd}/undone
${task}
- hosts: all
  tasks:
  - { name: Fail, command: "false" }
`,
  );
  const { exitCode } = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');

  expect(exitCode).toBe(5);
  expect(readFileSync(join(cwd, 'undone'), 'utf8')).toBe('begin\nend\n'.repeat(5));
});

test('another terminal lets it go on behind a pause', async () => {
  site('{ waves: [2], pause_after: 1 }');
  const run = cli.start(cwd, ['run', 'site.yaml', '-i', 'hosts.yaml']);
  await run.seen(/paused/);
  expect(written()).toBe('n1 n2');
  expect(await k3sbox('resume')).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('goes on') });

  expect(await run.ended).toMatchObject({ exitCode: 0 });
  expect(written()).toBe('n1 n2 n3 n4 n5');
});

test('another terminal pauses and aborts it: hosts that are not through go back', async () => {
  site('{ waves: 1, soak: 1s }', {
    before: `sh -c 'until [ -e ${cwd}/go-{{ inventory_hostname }} ]; do sleep 0.05; done'`,
  });
  writeFileSync(join(cwd, 'go-n1'), '');
  const run = cli.start(cwd, ['run', 'site.yaml', '-i', 'hosts.yaml']);
  await run.seen(/soaks/);
  await run.seen(/wave 2/);
  expect(await k3sbox('abort')).toMatchObject({ exitCode: 0 });
  await run.seen(/is aborted/);
  writeFileSync(join(cwd, 'go-n2'), '');
  const { exitCode, stdout } = await run.ended;

  expect(exitCode).toBe(5);
  expect(stdout).toContain('not started: n3, n4, n5');
  expect(existsSync(join(cwd, 'n1/done'))).toBe(true);
  expect(await k3sbox('pause')).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('is not going on') });
});

test('aborted between two waves it is not done, though no host has failed', async () => {
  site('{ waves: 1, soak: 1h }');
  const run = cli.start(cwd, ['run', 'site.yaml', '-i', 'hosts.yaml']);
  await run.seen(/soaks/);
  expect(await k3sbox('abort')).toMatchObject({ exitCode: 0 });

  expect(await run.ended).toMatchObject({
    exitCode: 5,
    stdout: expect.stringContaining('not started: n2, n3, n4, n5'),
  });
  expect(written()).toBe('n1');
});

test('what is wrong with a rollout is shown where it is wrong', async () => {
  site('{ waves: many, budget: 5x, soak: long, pause_after: 0, on_failure: all, windows: 1 }');
  const { exitCode, stderr } = await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');

  expect(exitCode).toBe(3);
  const words = ['waves', 'budget', 'soak', 'pause_after', 'on_failure', 'windows'];
  expect(words.filter((word) => !stderr.includes(`\`${word}\``))).toEqual([]);
});
