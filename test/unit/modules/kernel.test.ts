import { expect, test } from 'vitest';

import { hostname } from '../../../src/modules/hostname.ts';
import { modprobe } from '../../../src/modules/modprobe.ts';
import { dropSetting, readSetting, writeSetting } from '../../../src/modules/shared/sysctl-file.ts';
import { sysctl } from '../../../src/modules/sysctl.ts';
import type { FakePath, FakeState } from '../../helpers/fake-host.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const conf = '# mine\nvm.max_map_count = 65530\nnet.ipv4.ip_forward=0\n-kernel.x = 1\n';

test.each([
  ['vm.max_map_count', '65530'],
  ['vm/max_map_count', '65530'],
  ['net.ipv4.ip_forward', '0'],
  ['kernel.x', '1'],
  ['kernel.y', undefined],
])('the file gives %s the value %s', (name, value) => {
  expect(readSetting(conf, name)).toBe(value);
});

test('a setting is changed where it is, added at the end, or left alone', () => {
  expect(writeSetting(conf, 'net.ipv4.ip_forward', '1')).toBe(conf.replace('ip_forward=0', 'ip_forward = 1'));
  expect(writeSetting(conf, 'kernel.y', '2')).toBe(`${conf}kernel.y = 2\n`);
  expect(writeSetting(conf, 'vm.max_map_count', '65530')).toBe(conf);
  expect(writeSetting('a.b = 1  2', 'a.b', '1\t2')).toBe('a.b = 1  2');
  expect(dropSetting(conf, 'kernel.x')).toBe(conf.replace('-kernel.x = 1\n', ''));
});

const host = (live: string | undefined, file = ''): FakeState => ({
  files: { '/etc/sysctl.conf': file },
  probes: [{ when: '/proc/sys/vm/x', ...(live === undefined ? { exitCode: 3 } : { stdout: `${live}\n` }) }],
});

test.each([
  ['neither', '1', '', {}, ['write /etc/sysctl.conf', 'set vm.x to 5']],
  ['only the file', '1', 'vm.x = 5\n', {}, ['set vm.x to 5']],
  ['only the kernel', '5', '', {}, ['write /etc/sysctl.conf']],
  ['both', '5', 'vm.x = 5\n', {}, []],
  ['neither, the kernel to be left alone', '1', '', { reload: false }, ['write /etc/sysctl.conf']],
  ['more, to be raised', '9', 'vm.x = 7\n', { raise: true }, ['write /etc/sysctl.conf']],
  ['more already kept', '9', 'vm.x = 9\n', { raise: true }, []],
  ['less, to be raised', '1', '', { raise: true }, ['write /etc/sysctl.conf', 'set vm.x to 5']],
  ['no such key', undefined, 'vm.x = 5\n', {}, ['set vm.x to 5']],
  ['no such key, but keep it', undefined, '', { ignoreerrors: true }, ['write /etc/sysctl.conf']],
  ['no such key to raise', undefined, '', { raise: true }, []],
] as const)('%s', async (_title, live, file, args, says) => {
  expect(await saysOf(planModule(sysctl, { name: 'vm.x', value: 5, ...args }, { host: host(live, file) }))).toEqual(
    says,
  );
});

test('the larger value is what is kept', async () => {
  const { steps } = await planModule(
    sysctl,
    { name: 'vm.x', value: 5, raise: true },
    { host: host('9', 'vm.x = 7\n') },
  );

  expect(steps[0]?.diff?.after).toBe('vm.x = 9\n');
});

test('only our own value is taken back', async () => {
  const { steps } = await planModule(sysctl, { name: 'vm.x', value: 5 }, { host: host('1', 'vm.x = 5\n') });

  expect(steps[0]?.undo).toMatchObject({
    command: { text: `[ "$(cat /proc/sys/vm/x | tr '\\t' ' ')" != 5 ] || printf '%s\\n' 1 >/proc/sys/vm/x` },
  });
});

test('a setting is removed from the file, and the kernel left alone', async () => {
  const planned = planModule(sysctl, { name: 'vm.x', state: 'absent' }, { host: host('5', 'vm.x = 5\n') });

  expect(await saysOf(planned)).toEqual(['write /etc/sysctl.conf']);
});

test.each([{ name: 'vm.x' }, { name: 'x', value: 1 }, { name: '../x', value: 1 }, { name: 'a.b;c', value: 1 }])(
  'arguments %j are refused',
  (args) => {
    expect(sysctl.args.safeParse(args).success).toBe(false);
  },
);

test.each([
  [1, { state: 'present' }, ['load the kernel module br_netfilter']],
  [0, { state: 'present' }, []],
  [0, { state: 'absent' }, ['unload the kernel module br_netfilter']],
  [1, { state: 'absent' }, []],
  [0, { persistent: 'present' }, ['write /etc/modules-load.d/br_netfilter.conf']],
  [
    0,
    { persistent: 'present', params: 'a=1' },
    [
      'write /etc/modules-load.d/br_netfilter.conf',
      'make directory /etc/modprobe.d',
      'write /etc/modprobe.d/br_netfilter.conf',
    ],
  ],
  [1, { state: 'absent', persistent: 'absent' }, []],
] as const)('modprobe when asking ends with %i, %j: %j', async (exitCode, args, says) => {
  const folder: FakePath = { type: 'directory' };
  const state = {
    files: { '/etc': folder, '/etc/modules-load.d': folder },
    probes: [{ when: /sys\/module|proc\/modules/, exitCode }],
  };

  expect(await saysOf(planModule(modprobe, { name: 'br_netfilter', ...args }, { host: state }))).toEqual(says);
});

test('a module that was loaded is unloaded again, if it can be', async () => {
  const { steps } = await planModule(
    modprobe,
    { name: 'x', params: 'a=1 b="2 3"' },
    { host: { probes: [{ when: 'x', exitCode: 1 }] } },
  );

  expect(steps[0]).toMatchObject({
    do: { command: { text: `modprobe x a=1 'b=2 3'` } },
    undo: { command: { text: 'modprobe -r x 2>/dev/null || :' } },
  });
});

test.each([
  ['node1', 'node1\n', []],
  ['old', 'node1\n', ['name the machine node1']],
  ['old', 'old\n', ['write /etc/hostname', 'name the machine node1']],
])('a machine that is %s, and after a reboot %j', async (now, kept, says) => {
  const state = { files: { '/etc/hostname': kept }, probes: [{ when: 'hostname', stdout: `${now}\n` }] };

  expect(await saysOf(planModule(hostname, { name: 'node1' }, { host: state }))).toEqual(says);
});
