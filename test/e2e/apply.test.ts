/*
 * Proves what a saved plan promises, over a real sshd: it is carried out where it still holds; a host that has changed, files
 * that have changed and plans that were changed are refused before anything is touched, and what is different is named.
 */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';

import { type BuiltCli, buildCli } from '../helpers/built-cli.ts';
import { type Sshd, startSshd } from '../helpers/sshd.ts';

vi.setConfig({ testTimeout: 180_000 });

let cli: BuiltCli;
let sshd: Sshd;
let cwd: string;

beforeAll(async () => {
  cli = await buildCli();
  sshd = await startSshd();
}, 120_000);

afterAll(async () => {
  cli.remove();
  await sshd.stop();
});

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'k3sbox-apply-'));
  writeFileSync(join(cwd, 'hosts.yaml'), hosts('n1', 'n2'));
  for (const name of ['n1', 'n2', 'n3']) mkdirSync(join(cwd, name));
  write('n1/motd', 'before\n');
  write('n2/motd', 'before\n');
  write('motd.hbs', 'hello {{inventory_hostname}}\n');
  write('site.yaml', site());
});

afterEach(() => rmSync(cwd, { recursive: true }));

/** Nodes that are this machine over ssh, each with a folder of its own. */
function hosts(...names: readonly string[]): string {
  const { address, port, user, privateKeyFile, knownHostsFile } = sshd;
  const one = (name: string): string => `    ${name}: {k3sbox_state_folder: ${cwd}/state/${name}}\n`;
  return `all:
  vars:
    ansible_host: ${address}
    ansible_port: ${port}
    ansible_user: ${user}
    ansible_private_key_file: ${privateKeyFile}
    k3sbox_known_hosts_file: ${knownHostsFile}
    root: ${cwd}/{{inventory_hostname}}
  hosts:
${names.map(one).join('')}`;
}

function site(...more: readonly string[]): string {
  const tasks = [
    '{name: Write motd, template: {src: motd.hbs, dest: "{{root}}/motd"}, notify: Tell}',
    '{name: Make a place, tempfile: {path: "{{root}}", state: directory}, register: place}',
    '{name: Fill it, copy: {dest: "{{place.path}}/x", content: "x\\n"}}',
    ...more,
  ];
  const handler = `{name: Tell, shell: "echo told >>{{root}}/told"}`;
  return `- hosts: all\n  tasks:\n${tasks.map((task) => `    - ${task}\n`).join('')}  handlers:\n    - ${handler}\n`;
}

const read = (name: string): string => readFileSync(join(cwd, name), 'utf8');
function write(name: string, text: string): void {
  writeFileSync(join(cwd, name), text);
}
const k3sbox = (...words: readonly string[]) => cli.run(cwd, ...words);
const plan = (...words: readonly string[]) =>
  k3sbox('plan', 'site.yaml', '-i', 'hosts.yaml', '-o', 'plan.json', ...words);
const apply = (...words: readonly string[]) => k3sbox('apply', 'plan.json', ...words);
const motds = () => [read('n1/motd'), read('n2/motd')];

const untouched = ['before\n', 'before\n'];

describe('a plan that still holds', () => {
  test('is carried out, and only once', async () => {
    expect(await plan('--detailed-exit-code')).toMatchObject({ exitCode: 1, stderr: '' });
    expect(statSync(join(cwd, 'plan.json')).mode & 0o777).toBe(0o600);
    expect(motds()).toEqual(untouched);

    const checked = await apply('--check');
    expect(checked).toMatchObject({ exitCode: 0, stderr: '' });
    expect(checked.stdout).toContain('the plan holds for 2 hosts\n');
    expect(motds()).toEqual(untouched);

    const applied = await apply();
    expect(applied).toMatchObject({ exitCode: 0, stderr: '' });
    expect(applied.stdout).toMatch(
      /^apply plan\.json: 6 changes on 2 hosts, 2 known after apply, 2 steps cannot be taken back; made 20/,
    );
    expect(motds()).toEqual(['hello n1\n', 'hello n2\n']);
    expect(read('n2/told')).toBe('told\n');
    const place = readdirSync(join(cwd, 'n1')).find((name) => name.startsWith('ansible.')) ?? '';
    expect(read(`n1/${place}/x`)).toBe('x\n');

    const again = await apply();
    expect(again.exitCode).toBe(7);
    expect(again.stdout).toContain('drifted since the plan was made');
    expect(await k3sbox('rollback', '--last')).toMatchObject({ exitCode: 0 });
    expect(motds()).toEqual(untouched);
  });

  test('has the secrets it was made with given again, and holds none', async () => {
    write('site.yaml', site('{name: Log in, shell: "echo {{db_password}} >{{root}}/login"}'));
    await plan('-e', 'db_password=hunter22x', '-e', 'release=7', '-e', '{"db": {"token": "t0ken99"}}');

    expect(read('plan.json')).not.toMatch(/hunter22x|t0ken99/);
    expect(await apply()).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('-e db_password=... -e db=...'),
    });
    const secrets = ['-e', 'db_password=hunter22x', '-e', '{"db": {"token": "t0ken99"}}'];
    expect(await apply(...secrets, '-e', 'release=8')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('release cannot be given another value'),
    });
    expect(await apply('-e', 'db_password=other', ...secrets.slice(2))).toMatchObject({
      exitCode: 7,
      stdout: expect.stringContaining('task "Log in" (site.yaml:6:7): would run'),
    });
    expect(await apply(...secrets)).toMatchObject({ exitCode: 0 });
    expect(read('n1/login')).toBe('hunter22x\n');
  });
});

describe('a host that has drifted', () => {
  test('is refused with what is different, and nothing at all is touched', async () => {
    await plan();
    write('n2/motd', 'by hand\n');
    const { exitCode, stdout } = await apply();

    expect(exitCode).toBe(7);
    expect(stdout).toContain(`task "Write motd" (site.yaml:3:7): ${cwd}/n2/motd is not as it was`);
    expect(stdout).toMatch(/^ +-before\n +\+by hand$/m);
    expect(stdout).toContain(
      'nothing was done: n2 is not as planned\n    hint     n1 could go on: add --skip-drifted.\n',
    );
    expect(stdout).toContain('a saved plan no longer fits');
    expect(motds()).toEqual(['before\n', 'by hand\n']);
    expect(readdirSync(cwd)).not.toContain('.k3sbox');
  });

  test('is left out with --skip-drifted, and the others go on', async () => {
    await plan();
    write('n2/motd', 'by hand\n');
    const { exitCode, stdout } = await apply('--skip-drifted');

    expect(exitCode).toBe(7);
    expect(motds()).toEqual(['hello n1\n', 'by hand\n']);
    expect(stdout).toMatch(/^n1 {2}ok .* changed=4 .*\nn2 {2}failed .* changed=0 /m);
  });

  test('is seen as one in JSON, too', async () => {
    await plan();
    write('n2/motd', 'by hand\n');
    const { stdout } = await apply('--output', 'json');
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));

    expect(events).toContainEqual(
      expect.objectContaining({ type: 'host-ended', host: 'n2', error: expect.objectContaining({ code: 'stale' }) }),
    );
    expect(events.at(-1)).toMatchObject({ type: 'run-finished', exitCode: 7, hosts: { n1: { status: 'skipped' } } });
  });

  test('when somebody changes it between the look and the act, is stopped before it acts', async () => {
    // A dry run runs it, too: the second time is the look of `apply`, when motd has been read already.
    const meddle = `echo x >>{{root}}/seen; [ $(wc -l <{{root}}/seen) != 2 ] || echo meddled >{{root}}/motd`;
    write('site.yaml', site(`{name: Look, shell: "${meddle}", check_mode: false, changed_when: false}`));
    await plan('--limit', 'n1');
    const { exitCode, stdout } = await apply();

    expect(exitCode).toBe(7);
    expect(stdout).toContain(`task "Write motd": ${cwd}/n1/motd is not as it was a moment ago`);
    expect(read('n1/motd')).toBe('meddled\n');
  });

  test('when it cannot be reached, is refused the same way', async () => {
    await plan();
    const other = await startSshd();
    write(
      'hosts.yaml',
      hosts('n1', 'n2').replace(
        '    n2: {',
        `    n2: {ansible_port: ${other.port}, ansible_host: ${other.address}, k3sbox_known_hosts_file: ${other.knownHostsFile}, ansible_private_key_file: ${other.privateKeyFile}, `,
      ),
    );
    await plan();
    await other.stop();

    expect(await apply()).toMatchObject({ exitCode: 4, stdout: expect.stringMatching(/^n2 +unreachable$/m) });
    expect(motds()).toEqual(untouched);
    expect(await apply('--skip-drifted')).toMatchObject({ exitCode: 4 });
    expect(motds()).toEqual(['hello n1\n', 'before\n']);
  });

  test('takes no task with it that runs once on another host', async () => {
    write('site.yaml', site('{name: Once, shell: "echo once >>{{root}}/once", run_once: true}'));
    await plan();
    write('n1/motd', 'by hand\n');
    const { exitCode, stdout } = await apply('--skip-drifted');

    expect(exitCode).toBe(7);
    expect(stdout).toContain('task "Once" (site.yaml:6:7): is done on this host now, too');
    expect(motds()).toEqual(['by hand\n', 'before\n']);
  });
});

describe('a plan is stale when', () => {
  test.each<[title: string, change: () => void, message: string]>([
    ['the playbook has changed', () => write('site.yaml', `${site()}\n`), 'site.yaml has changed'],
    ['a template has changed', () => write('motd.hbs', 'bye\n'), 'motd.hbs has changed'],
    ['a template is gone', () => rmSync(join(cwd, 'motd.hbs')), 'motd.hbs is gone'],
    ['the inventory has changed', () => write('hosts.yaml', hosts('n1', 'n2', 'n3')), 'hosts.yaml has changed'],
    [
      'a file of variables came',
      () => {
        mkdirSync(join(cwd, 'host_vars'));
        write('host_vars/n1.yaml', 'a: 1\n');
      },
      'host_vars/n1.yaml is new',
    ],
    [
      'another version made it',
      () => write('plan.json', read('plan.json').replace(/"k3sbox": "[^"]*"/, '"k3sbox": "0.0.1"')),
      'was made by k3sbox 0.0.1',
    ],
  ])('%s', async (_title, change, message) => {
    await plan();
    change();
    const { exitCode, stderr } = await apply();

    expect(exitCode).toBe(7);
    expect(stderr).toContain(message);
    expect(stderr).toContain('again');
    expect(motds()).toEqual(untouched);
  });

  test('an inventory that is a program names other hosts, or other ways to them', async () => {
    const say = (json: object): void => {
      writeFileSync(join(cwd, 'listing.json'), JSON.stringify(json));
    };
    writeFileSync(join(cwd, 'hosts.sh'), `#!/bin/sh\ncat ${cwd}/listing.json\n`, { mode: 0o755 });
    const vars = { ansible_connection: 'local', k3sbox_state_folder: `${cwd}/state`, root: `${cwd}/n1` };
    say({ all: { hosts: ['n1'] }, _meta: { hostvars: { n1: vars } } });
    await k3sbox('plan', 'site.yaml', '-i', './hosts.sh', '-o', 'plan.json');
    say({ all: { hosts: ['n1', 'n2'] }, _meta: { hostvars: { n1: { ...vars, ansible_user: 'eve' }, n2: vars } } });

    expect(await apply()).toMatchObject({
      exitCode: 7,
      stderr: expect.stringContaining('user of n1 was not set and is eve; the host n2 is new'),
    });
  });
});

test('a plan that was changed by hand is invalid', async () => {
  await plan();
  write('plan.json', read('plan.json').replaceAll('hello n1', 'hullo n1'));

  expect(await apply()).toMatchObject({
    exitCode: 3,
    stderr: expect.stringContaining('the plan was changed after it was made'),
  });
  expect(await k3sbox('apply', 'nowhere.json')).toMatchObject({ exitCode: 2 });
  expect(motds()).toEqual(untouched);
});

test('a plan without a connection cannot be saved, and needs no host', async () => {
  await sshd.stop();
  const offline = await k3sbox('plan', 'site.yaml', '-i', 'hosts.yaml', '--offline', '--detailed-exit-code');
  sshd = await startSshd();

  expect(offline).toMatchObject({ exitCode: 1, stderr: '', stdout: expect.stringContaining('+hello n2') });
  expect(await plan('--offline')).toMatchObject({ exitCode: 2 });
});

test('drift is quiet while all is well, and tells machines where it is not', async () => {
  const drift = (...words: readonly string[]) => k3sbox('drift', 'site.yaml', '-i', 'hosts.yaml', ...words);
  write('site.yaml', site('{name: Every time, command: "true"}').replace(/.*tempfile.*\n.*place.path.*\n/, ''));
  await k3sbox('run', 'site.yaml', '-i', 'hosts.yaml');

  expect(await drift()).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  write('n2/motd', 'by hand\n');
  const found = await drift();
  expect(found).toMatchObject({ exitCode: 1, stderr: '' });
  expect(found.stdout).toMatch(/^n2\n {2}change +Write motd[^]*\ndrift {2}1 of 2 hosts: 1 task not as wanted\n$/);
  expect((await drift('--output', 'junit')).stdout).toContain('<failure type="stale" message="not as wanted: write');
  expect(JSON.parse((await drift('--output', 'json')).stdout)).toMatchObject({
    hosts: { n1: { tasks: [] }, n2: { tasks: [{ name: 'Write motd' }] } },
  });
});
