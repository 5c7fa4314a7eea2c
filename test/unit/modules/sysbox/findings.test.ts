import { expect, test } from 'vitest';

import { parseK3sNode } from '../../../../src/modules/k3s/k3s-node.ts';
import { k3sFindings, machineFindings } from '../../../../src/modules/sysbox/findings.ts';
import { parseReport } from '../../../../src/modules/sysbox/preflight-probe.ts';
import { type FakeK3s, machineReport, nodeReport } from '../../../helpers/fake-k3s.ts';

const problemsOf = (more: Readonly<Record<string, string>>) =>
  machineFindings(parseReport({ exitCode: 0, stdout: machineReport(more), stderr: '' })).problems;

test('a machine that has everything has no problem', () => {
  expect(problemsOf({})).toEqual([]);
  expect(problemsOf({ arch: 'aarch64', kernel: '6.3.0', unprivileged_clone: '1', filesystem: 'xfs' })).toEqual([]);
});

test.each([
  [{ uid: '1000' }, /does not run as root/],
  [{ systemd: '' }, /systemd is not the init system/],
  [{ arch: 'armv7l' }, /not for armv7l/],
  [{ kernel: '6.2.16' }, /kernel 6.2.16 is too old/],
  [{ kernel: '5.15.0-100-generic' }, /too old/],
  [{ user_namespaces: '0' }, /user namespaces are off/],
  [{ user_namespaces: 'absent' }, /user namespaces are off/],
  [{ unprivileged_clone: '0' }, /off for ordinary users/],
  [{ unshare: 'unshare: Operation not permitted' }, /cannot be made here: unshare: Operation/],
  [{ missing_module: 'configfs' }, /the kernel has no configfs/],
  [{ seccomp: '' }, /no seccomp/],
  [{ read_only: '/usr/bin' }, /\/usr\/bin cannot be written/],
  [{ filesystem: 'overlayfs' }, /would lie on overlayfs/],
  [{ free_lib_gb: '4' }, /has 4 GB free/],
  [{ no_room: '/usr/bin' }, /less than 200 MB/],
  [{ missing_program: 'rsync', packages: '' }, /rsync is missing, and there is no package manager/],
  [{ package: '0.6.4' }, /package sysbox-ce 0.6.4 is installed/],
  [{ version: '0.6.4' }, /0.6.4 is installed by other means/],
  [{ subuid: 'rubbish' }, /\/etc\/subuid has a line that is none: rubbish/],
])('%j is one problem', (more, message) => {
  expect(problemsOf(more)).toEqual([expect.stringMatching(message)]);
});

test('Sysbox that we installed is no problem', () => {
  expect(problemsOf({ version: '0.7.0', ours: 'yes' })).toEqual([]);
});

test('missing programs are installed where there is a package manager', () => {
  expect(problemsOf({ missing_program: 'rsync', packages: 'apt-get' })).toEqual([]);
});

test('AppArmor that confines user namespaces is a warning', () => {
  const report = parseReport({ exitCode: 0, stdout: machineReport({ apparmor_userns: '1' }), stderr: '' });

  expect(machineFindings(report)).toEqual({ problems: [], warnings: [expect.stringMatching(/apparmor_restrict/)] });
});

test('everything is found at once', () => {
  expect(problemsOf({ kernel: '5.10', seccomp: '', free_lib_gb: '1', package: '0.6.4' })).toHaveLength(4);
});

const k3sProblemsOf = (k3s: FakeK3s) => {
  const node = parseK3sNode(nodeReport(k3s));
  return node === undefined ? [] : k3sFindings(node).problems;
};

test.each<FakeK3s>([
  {},
  { version: 'v1.36.0+k3s1' },
  { version: 'v1.32.9+k3s1', words: '--kubelet-arg=feature-gates=UserNamespacesSupport=true' },
  { version: 'v1.32.9+k3s1', hasGate: true },
])('K3s as %j has no problem', (k3s) => {
  expect(k3sProblemsOf(k3s)).toEqual([]);
});

test.each<[FakeK3s, RegExp]>([
  [{ version: 'v1.32.9+k3s1' }, /needs the feature gate UserNamespacesSupport/],
  [{ version: 'v1.29.1+k3s1' }, /has no user namespaces for pods/],
  [{ containerd: 'v2.0.4-k3s2' }, /containerd 2.0.4 is too old/],
  [{ containerd: '1.7.27' }, /containerd 1.7.27 is too old/],
  [{ containerd: '' }, /does not run a containerd of its own/],
  [{ name: '' }, /API does not answer/],
  [{ words: '--rootless' }, /rootless/],
])('K3s as %j has one problem', (k3s, message) => {
  expect(k3sProblemsOf(k3s)).toEqual([expect.stringMatching(message)]);
});
