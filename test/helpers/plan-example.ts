import type { z } from 'zod';

import type { Module, Planned } from '../../src/modules/module.ts';
import { applySteps } from './apply-ops.ts';
import type { FakeState } from './fake-host.ts';
import { fakeArtifacts, k3sProbes } from './fake-k3s.ts';
import { planModule } from './plan-module.ts';

/** A host and a controller on which the examples of all modules make sense. */
const ordinary: FakeState = {
  files: {
    '/etc/hosts': '127.0.0.1 localhost\n',
    '/etc/fstab': 'UUID=1 / ext4 defaults 0 1\nUUID=2 none swap sw 0 0\n',
    '/etc/ssh/sshd_config': '#PermitRootLogin yes\n',
    '/etc/default/grub': 'GRUB_TIMEOUT=5\n',
    '/etc/motd.d/old': 'old\n',
    '/tmp/cni.tgz': 'tar',
    '/var/lib/rancher/k3s/server/node-token': 'secret\n',
    '/etc/rancher/k3s/k3s.yaml': 'clusters: []\n',
  },
  users: { root: { uid: 0, gid: 0, home: '/root' }, eve: {} },
  groups: { old: {} },
  units: { 'rpcbind.socket': { active: true, enabled: true }, 'k3s.service': { active: true, enabled: true } },
  probes: [
    { when: 'for name in vm.max_map_count', stdout: 'vm.max_map_count=65530\n' },
    ...k3sProbes(),
    { when: '-mmin', exitCode: 1 },
    { when: '-newer', exitCode: 1 },
    { when: 'dpkg-deb', exitCode: 1 },
    { when: 'NeedDaemonReload', exitCode: 1 },
    { when: 'unarchive', exitCode: 1 },
    { when: '/jobs/', stdout: 'running\n' },
    { when: 'crontab' },
    { when: 'git ls-remote', stdout: `ref ${'1'.repeat(40)}\trefs/tags/v0.7.0\n` },
    { when: '/proc/sys/kernel/hostname', stdout: 'old\n' },
    { when: '/proc/sys/', stdout: '0\n' },
    { when: '/sys/module/', exitCode: 1 },
    { when: '/proc/modules', exitCode: 0 },
    { when: '/proc/mounts' },
    { when: 'curl', stdout: 'ok\n200 text/plain' },
    { when: /dev\/tcp|grep -Eq|^\[ -e/, exitCode: 1 },
    { when: 'id -gn', stdout: 'ada\n' },
    { when: /^find /, stdout: '/etc/hosts\0' },
    { when: /^:$/ },
  ],
};

const hostWithCrio: FakeState = { ...ordinary, probes: k3sProbes({ crio: '/run/crio/crio.sock' }) };

const vars = { ansible_kernel: '6.8.0', ansible_service_mgr: 'systemd', result: { rc: 0 } };

const files = {
  sshd_config: 'PermitRootLogin no\n',
  'app.conf.hbs': 'a = 1\n',
  'sudoers.hbs': '%ops ALL=(ALL) ALL\n',
  'debian.yaml': 'a: 1\n',
  'prepare.sh': '#!/bin/sh\n',
  'setup.py': 'print()\n',
  'tool-1.0.tar.gz': 'tar',
  ...fakeArtifacts('files/sysbox/amd64'),
};

/**
 * Plans an example, carries its steps out on the fake host, and plans it again. `again` is undefined when a step is one
 * whose effect only a real host knows, or happens on every run.
 */
export async function planExample(
  module: Module,
  args: z.input<Module['args']>,
): Promise<{ readonly first: Planned; readonly again: Planned | undefined }> {
  // The one module whose purpose is to fail.
  if (module.name === 'fail') return { first: { steps: [] }, again: undefined };
  const host = module.name === 'crio_runtime' ? hostWithCrio : ordinary;
  const first = await planModule(module, args, { host, files, vars });
  // A new name every time is what it is for.
  if (module.name === 'tempfile') return { first, again: undefined };
  const after = applySteps(host, first.steps);
  if (after === undefined) return { first, again: undefined };
  return { first, again: await planModule(module, args, { host: after, files, vars }) };
}
