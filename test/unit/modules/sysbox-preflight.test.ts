import { expect, test } from 'vitest';

import type { TaskFailedError } from '../../../src/base/errors.ts';
import { sysboxPreflight } from '../../../src/modules/sysbox-preflight.ts';
import type { FakeProbe } from '../../helpers/fake-host.ts';
import { type FakeK3s, fakeNode, k3sProbes, machineReport } from '../../helpers/fake-k3s.ts';
import { planModule } from '../../helpers/plan-module.ts';

const plan = (args: { readonly cluster?: boolean }, k3s: FakeK3s = {}, probes: readonly FakeProbe[] = []) =>
  planModule(sysboxPreflight, args, { host: { probes: [...probes, ...k3sProbes(k3s)] } });

/** The list that a failed preflight shows. */
async function problemsOf(planned: Promise<unknown>): Promise<readonly string[]> {
  const error = await planned.then(
    () => undefined,
    (thrown: TaskFailedError) => thrown,
  );
  return error?.output?.split('\n') ?? [];
}

test('a fit node passes without a step', async () => {
  expect(await plan({ cluster: true })).toEqual({ steps: [], result: { warnings: [], confines_fusermount: false } });
});

test('everything of node, containerd and cluster is found at once', async () => {
  const nodes = [
    fakeNode('n1', { roles: ['control-plane', 'etcd'] }),
    fakeNode('n2', { ready: false }),
    fakeNode('n3', { cordoned: true }),
  ];
  const probes = [
    { when: 'unshare -U', stdout: machineReport({ kernel: '5.15.0' }) },
    { when: 'config dump', exitCode: 1 },
    { when: 'get runtimeclass sysbox-runc', stdout: '{"handler": "kata"}' },
  ];

  expect(
    await problemsOf(plan({ cluster: true }, { role: 'server', name: 'n1', version: 'v1.29.0+k3s1', nodes }, probes)),
  ).toEqual([
    expect.stringContaining('the kernel 5.15.0 is too old'),
    expect.stringContaining('K3s v1.29.0+k3s1 has no user namespaces'),
    expect.stringContaining('config.toml is broken already'),
    '- node n2 is not Ready',
    '- node n3 is cordoned: is somebody at work on it?',
    '- the RuntimeClass sysbox-runc has the handler kata',
    expect.stringContaining('the API would be away while a server restarts: etcd has 1 member'),
  ]);
});

test('a host without K3s says so', async () => {
  expect(await problemsOf(plan({}, {}, [{ when: 'list-units --all' }]))).toEqual([
    '- K3s is not installed as a systemd service',
  ]);
});

test('a server that runs no pods is passed over', async () => {
  expect(await plan({}, { role: 'server', words: '--disable-agent', containerd: '' })).toMatchObject({
    steps: [],
    message: 'this server runs no pods',
  });
});

test('AppArmor that confines fusermount3 is told to the playbook', async () => {
  const probes = [{ when: 'unshare -U', stdout: machineReport({ fusermount_profile: 'yes' }) }];

  expect((await plan({}, {}, probes)).result).toMatchObject({ confines_fusermount: true });
});
