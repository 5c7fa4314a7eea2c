import { expect, test } from 'vitest';

import { git } from '../../../src/modules/git.ts';
import { tempfile } from '../../../src/modules/tempfile.ts';
import { unarchive } from '../../../src/modules/unarchive.ts';
import { waitFor } from '../../../src/modules/wait-for.ts';
import { fakeReader } from '../../helpers/fake-host.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

// What these modules do to a real host is proved in test/contract/modules.test.ts.

const [old, wanted] = ['1'.repeat(40), '2'.repeat(40)];
const clone = (...lines: readonly string[]) => ({ probes: [{ when: 'ls-remote', stdout: `${lines.join('\n')}\n` }] });
const sysbox = { repo: 'https://example.com/sysbox', dest: '/opt/sysbox', version: 'v1' };
const here = [`head ${old}`, 'branch main', `origin ${sysbox.repo}`];

test.each([
  ['no clone', [`ref ${wanted}\trefs/tags/v1`], ['clone https://example.com/sysbox to /opt/sysbox']],
  ['an old clone', [...here, `ref ${wanted}\trefs/tags/v1`], ['bring /opt/sysbox to v1']],
  [
    'a clone at the tag, whose object is another',
    [...here, `ref ${wanted}\trefs/tags/v1`, `ref ${old}\trefs/tags/v1^{}`],
    [],
  ],
  ['a clone of another remote', [here[0], 'origin elsewhere', `ref ${old}\trefs/tags/v1`], ['bring /opt/sysbox to v1']],
  ['a clone at the branch', [...here, `ref ${old}\trefs/heads/v1`], []],
] as const)('git: %s', async (_title, lines, says) => {
  const planned = planModule(git, sysbox, { host: clone(...lines.map(String)) });

  expect(await saysOf(planned)).toEqual(says);
});

test('a clone is left as it is without `update`', async () => {
  const host = clone(...here, `ref ${wanted}\trefs/tags/v1`);

  expect(await saysOf(planModule(git, { ...sysbox, update: false }, { host }))).toEqual([]);
});

test('another folder is not overwritten by a clone', async () => {
  await expect(planModule(git, sysbox, { host: clone('other yes') })).rejects.toThrow(
    '/opt/sysbox is not empty, and no clone',
  );
});

const files = { 'a.tgz': 'tar' };
const host = { probes: [{ when: 'unarchive', exitCode: 1 }], files: { '/tmp/a.tgz': 'tar', '/opt/a': 'x' } };

test.each([
  [{ src: 'a.tgz', dest: '/opt' }, ['bring a.tgz to /opt', 'unpack a.tgz in /opt']],
  [{ src: '/tmp/a.tgz', dest: '/opt', remote_src: true }, ['unpack /tmp/a.tgz in /opt']],
  [{ src: 'a.tgz', dest: '/opt', creates: '/opt/a' }, []],
])('unarchive %j: %j', async (args, says) => {
  expect(await saysOf(planModule(unarchive, args, { host, files }))).toEqual(says);
});

test('an archive that is not there may still be what an earlier command brings', async () => {
  const args = { src: '/tmp/later.tgz', dest: '/opt', remote_src: true };

  await expect(planModule(unarchive, args, { host })).rejects.toThrow('there is no /tmp/later.tgz');
  expect(await saysOf(planModule(unarchive, args, { host: { ...fakeReader(host), isLenient: true } }))).toEqual([
    'unpack /tmp/later.tgz in /opt',
  ]);
});

test('an archive of the network must be fetched first', async () => {
  const args = { src: 'https://example.com/a.tgz', dest: '/opt', remote_src: true };

  await expect(planModule(unarchive, args, { host })).rejects.toThrow('`src` is a URL');
});

test.each([
  ['file', '600'],
  ['directory', '700'],
] as const)('a temporary %s is private and has a name of its task alone', async (state, mode) => {
  const [one, two] = await Promise.all([
    planModule(tempfile, { state }),
    planModule(tempfile, { state }, { unique: 'fedcba9876543210fedcba9876543210' }),
  ]);

  expect(one.steps[0]?.do).toMatchObject({ kind: state, path: one.result?.['path'], mode });
  expect([one, two].map(({ result }) => result?.['path'])).toEqual([
    '/tmp/ansible.0123456789ab',
    '/tmp/ansible.fedcba987654',
  ]);
});

test.each([
  [{ timeout: 5 }, ['wait for 5 s']],
  [{ path: '/a', delay: 2 }, ['wait for 2 s', 'wait until /a exists']],
  [{ port: 80, host: '10.0.0.1' }, ['wait until port 80 of 10.0.0.1 is open']],
])('wait_for %j: %j', async (args, says) => {
  expect(await saysOf(planModule(waitFor, args, { host: { probes: [{ when: 'has', exitCode: 1 }] } }))).toEqual(says);
});

test('waiting changes nothing, and says in the end what it waited for', async () => {
  const args = { port: 80, timeout: 10, sleep: 2, msg: 'no web server' };

  const { steps } = await planModule(waitFor, args, { host: { probes: [{ when: 'has', exitCode: 1 }] } });

  expect(steps[0]).toMatchObject({ changes: false, do: { timeoutMs: 10_000, everyMs: 2000, orElse: 'no web server' } });
});

test.each([{ port: 80, path: '/a' }, { state: 'drained' }, { port: 80, host: 'a b' }])(
  'wait_for %j is refused',
  (args) => {
    expect(waitFor.args.safeParse(args).success).toBe(false);
  },
);
