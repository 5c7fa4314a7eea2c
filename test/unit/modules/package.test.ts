import { expect, test } from 'vitest';

import { packageModule } from '../../../src/modules/package.ts';
import { fakeReader, type FakeProbe } from '../../helpers/fake-host.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const packages = { rsync: '3.2.7-1', curl: { version: '7.88', candidate: '7.89' } };
const lists = (age: 'young' | 'old', sources: 'known' | 'new' = 'known'): readonly FakeProbe[] => [
  { when: '-mmin', exitCode: age === 'young' ? 0 : 1 },
  { when: '-newer', exitCode: sources === 'known' ? 0 : 1 },
  { when: 'showhold' },
];

const op = async (args: object, probes: readonly FakeProbe[] = lists('young')) => {
  const planned = await planModule(packageModule, { name: 'rsync', ...args }, { host: { packages, probes } });
  return planned.steps.map((step) => (step.do.kind === 'package' ? step.do : step.say));
};

test.each([
  ['present', ['rsync', 'curl'], []],
  ['present', ['rsync', 'jq'], ['install jq']],
  ['installed', 'jq, fuse3', ['install jq, fuse3']],
  ['latest', ['rsync', 'curl'], ['install or upgrade curl']],
  ['latest', ['jq', 'curl'], ['install or upgrade jq, curl']],
  ['absent', ['rsync', 'jq'], ['remove rsync']],
  ['removed', ['jq'], []],
  ['present', 'rsync=3.2.7-1', []],
  ['present', 'rsync=3.2.*', []],
  ['present', 'rsync=3.1.0', ['install rsync=3.1.0']],
  ['present', 'rsync:amd64', []],
] as const)('state %s of %j: %j', async (state, name, says) => {
  const list = typeof name === 'string' ? name : [...name];

  expect(
    await saysOf(planModule(packageModule, { name: list, state }, { host: { packages, probes: lists('young') } })),
  ).toEqual(says);
});

test('an installation is one op, with its versions as a diff', async () => {
  const { steps } = await planModule(
    packageModule,
    { name: ['curl', 'jq'], state: 'latest' },
    { host: { packages, probes: lists('young') } },
  );

  expect(steps).toEqual([
    {
      say: 'install or upgrade curl, jq',
      do: { kind: 'package', manager: 'apt', ensure: 'latest', names: ['curl', 'jq'], installRecommends: true },
      diff: { of: 'packages', before: 'curl 7.88\n', after: 'curl 7.89\njq 1.0\n' },
    },
  ]);
});

test.each([
  ['nothing is missing: nothing is fetched', { update_cache: true }, 'old', []],
  ['something is missing: the lists are fetched, however young', { name: 'jq', update_cache: true }, 'young', [true]],
  ['something is missing, the lists are good', { name: 'jq', cache_valid_time: 3600 }, 'young', [undefined]],
  ['something is missing, the lists are old', { name: 'jq', cache_valid_time: 3600 }, 'old', [true]],
  ['the newest is wanted, the lists are old', { state: 'latest', update_cache: true }, 'old', [true]],
  ['the newest is wanted, the lists are young', { state: 'latest', update_cache: true }, 'young', []],
  ['the newest is wanted, by the lists that are there', { state: 'latest' }, 'old', []],
] as const)('%s', async (_title, args, age, refreshes) => {
  const steps = await op(args, lists(age));

  expect(steps.map((step) => (typeof step === 'string' ? step : step.refreshCache))).toEqual(refreshes);
});

test('a new source makes young lists old', async () => {
  expect(await op({ name: 'jq', cache_valid_time: 3600 }, lists('young', 'new'))).toMatchObject([
    { refreshCache: true },
  ]);
});

test.each([
  ['young', []],
  ['old', ['fetch the lists of packages']],
] as const)('fetching alone, when the lists are %s', async (age, says) => {
  const planned = planModule(packageModule, { update_cache: true }, { host: { probes: lists(age) } });

  expect(await saysOf(planned)).toEqual(says);
});

test.each([
  ['yum', 'dnf'],
  ['apk', 'apk'],
  ['zypper', 'zypper'],
  ['pacman', 'pacman'],
])('a host with %s is managed with %s', async (fact, manager) => {
  const { steps } = await planModule(packageModule, { name: 'jq' }, { host: { facts: { pkg_mgr: fact } } });

  expect(steps[0]?.do).toEqual({ kind: 'package', manager, ensure: 'present', names: ['jq'] });
});

test('facts are not read when the playbook says which manager there is', async () => {
  const host = fakeReader({ packages });

  await planModule(packageModule, { name: 'rsync', use: 'apt' }, { host });

  expect(host.asked).toEqual(['package apt rsync']);
});

test('a host without a known manager is an error', async () => {
  const planned = planModule(packageModule, { name: 'jq' }, { host: { facts: { pkg_mgr: 'unknown' } } });

  await expect(planned).rejects.toThrow('the host has no package manager that is known');
});

test.each([
  [0, []],
  [1, ['install /opt/a.deb']],
  [2, ['install /opt/a.deb']],
])('a package file, when asking for it ends with %i', async (exitCode, says) => {
  const host = { probes: [{ when: 'dpkg-deb -f /opt/a.deb', exitCode }] };

  expect(await saysOf(planModule(packageModule, { deb: '/opt/a.deb' }, { host }))).toEqual(says);
});

test('an upgrade of everything shows what apt would do', async () => {
  const stdout = 'Inst curl [7.88] (7.89 Debian:12)\n';
  const host = { probes: [{ when: 'apt-get -s', stdout }] };

  const { steps } = await planModule(packageModule, { upgrade: 'dist' }, { host });

  expect(steps).toMatchObject([
    { say: 'dist-upgrade 1 packages', diff: { of: 'packages', before: '', after: stdout } },
  ]);
  expect(
    await saysOf(planModule(packageModule, { upgrade: true }, { host: { probes: [{ when: 'apt-get -s' }] } })),
  ).toEqual([]);
});

test.each([[{}], [{ name: 'a', pkg: 'b' }], [{ name: 'a', state: 'fixed' }]])('arguments %j are refused', (args) => {
  expect(packageModule.args.safeParse(args).success).toBe(false);
});

test.each([{ state: 'latest' }, { name: 'curl=7.88-2' }] as const)(
  'a package that is held is not changed by %j',
  async (args) => {
    const host = { packages, probes: [{ when: 'showhold', stdout: 'curl\n' }, ...lists('young')] };

    await expect(planModule(packageModule, { name: 'curl', ...args }, { host })).rejects.toMatchObject({
      message: 'curl is held at its version',
      hint: 'Let it go first, with apt-mark unhold curl.',
    });
  },
);
