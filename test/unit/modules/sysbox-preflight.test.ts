import { expect, test } from 'vitest';

import type { TaskFailedError } from '../../../src/base/errors.ts';
import { sysboxPreflight } from '../../../src/modules/sysbox-preflight.ts';
import type { FakeProbe } from '../../helpers/fake-host.ts';
import { type FakeK3s, fakeNode, k3sProbes, machineReport, renderedConfig } from '../../helpers/fake-k3s.ts';
import { planModule } from '../../helpers/plan-module.ts';

interface Args {
  readonly cluster?: boolean;
  readonly version?: string;
  readonly image?: string;
}

const plan = (
  args: Args,
  k3s: FakeK3s = {},
  probes: readonly FakeProbe[] = [],
  files: Readonly<Record<string, string>> = {},
) => planModule(sysboxPreflight, args, { host: { probes: [...probes, ...k3sProbes(k3s)], files } });

/** The list that a failed preflight shows. */
async function problemsOf(planned: Promise<unknown>): Promise<readonly string[]> {
  const error = await planned.then(
    () => undefined,
    (thrown: TaskFailedError) => thrown,
  );
  return error?.output?.split('\n') ?? [];
}

test('a fit node passes without a step', async () => {
  expect(await plan({ cluster: true })).toEqual({
    steps: [],
    result: { warnings: [], confines_fusermount: false, runs_pods: true },
  });
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
    result: { runs_pods: false },
    message: 'this server runs no pods',
  });
});

test('but it speaks for the cluster', async () => {
  const nodes = [fakeNode('n2', { ready: false })];

  expect(
    await problemsOf(plan({ cluster: true }, { role: 'server', words: '--disable-agent', containerd: '', nodes })),
  ).toEqual(['- node n2 is not Ready']);
});

test.each<[string, Args, FakeK3s, readonly FakeProbe[], RegExp]>([
  ['an API that is not ready', { cluster: true }, {}, [{ when: '/readyz', exitCode: 1 }], /not ready \(\/readyz\)/],
  [
    'a feature gate that is off',
    { cluster: true },
    {},
    [{ when: '--raw /metrics', stdout: '0\n' }],
    /feature gate UserNamespacesSupport is off/,
  ],
  [
    'an image that pods may not pull',
    { image: 'busybox' },
    {},
    [{ when: 'crictl images' }],
    /the image busybox is not on the node/,
  ],
  [
    'pods that run with another Sysbox',
    { version: '0.7.2' },
    {},
    [
      { when: 'unshare -U', stdout: machineReport({ version: '0.7.1', ours: 'yes' }) },
      {
        when: 'crictl pods',
        stdout: '{"items": [{"runtimeHandler": "sysbox-runc", "metadata": {"name": "a", "namespace": "b"}}]}',
      },
    ],
    /pods run with Sysbox 0\.7\.1: b\/a; playbooks\/sysbox-upgrade\.yaml/,
  ],
])('%s is one problem', async (_title, args, k3s, probes, message) => {
  expect(await problemsOf(plan(args, k3s, probes))).toEqual([expect.stringMatching(message)]);
});

test('a template without the base is found before anything is touched', async () => {
  const template = '/var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.tmpl';
  const k3s = { config: renderedConfig.replace(/^imports.*\n/m, ''), files: ['config-v3.toml.tmpl'] };

  expect(await problemsOf(plan({}, k3s, [], { [template]: 'version = 3\n' }))).toEqual([
    expect.stringMatching(/does not include K3s's own configuration\. Add a line \{\{ template "base" \. \}\}/),
  ]);
});

test('why containerd does not start is said, where K3s restarts for ever', async () => {
  const dump = { when: 'config dump', exitCode: 1, stdout: 'containerd: toml: table runc already exists\n' };

  expect(await problemsOf(plan({}, { containerd: '' }, [dump]))).toContainEqual(
    expect.stringMatching(/does not accept .*config\.toml: .*table runc already exists\. Correct the templates/),
  );
});

test.each<[string, FakeK3s, Readonly<Record<string, string>>, RegExp]>([
  ['two templates', { files: ['config-v3.toml.tmpl', 'config.toml.tmpl'] }, {}, /both templates/],
  ['a distribution that nobody has tried', {}, { distro: 'alpine 3.22' }, /tried on alpine 3\.22/],
])('%s is a warning', async (_title, k3s, machine, message) => {
  const probes = [{ when: 'unshare -U', stdout: machineReport(machine) }];
  const template = '/var/lib/rancher/k3s/agent/etc/containerd/config-v3.toml.tmpl';

  expect((await plan({}, k3s, probes, { [template]: '{{ template "base" . }}\n' })).message).toMatch(message);
});

test('AppArmor that confines fusermount3 is told to the playbook', async () => {
  const probes = [{ when: 'unshare -U', stdout: machineReport({ fusermount_profile: 'yes' }) }];

  expect((await plan({}, {}, probes)).result).toMatchObject({ confines_fusermount: true });
});
