import type { ClusterNode } from '../../src/modules/k3s/cluster-nodes.ts';
import { parseK3sNode } from '../../src/modules/k3s/k3s-node.ts';
import { dropIn } from '../../src/modules/k3s/runtime-config.ts';
import type { ClusterFacts } from '../../src/modules/doctor/cluster-checks.ts';
import type { ContainerdFacts } from '../../src/modules/doctor/containerd-checks.ts';
import type { NodeFacts } from '../../src/modules/doctor/doctor.ts';
import type { SysboxFacts } from '../../src/modules/doctor/sysbox-checks.ts';
import { parseReport, type NodeReport } from '../../src/modules/sysbox/preflight-probe.ts';
import { machineReport, nodeReport, renderedConfig, type FakeK3s } from './fake-k3s.ts';

/** `name=value` lines as a probe prints them. */
export function report(stdout: string): NodeReport {
  return parseReport({ exitCode: 0, stdout, stderr: '' });
}

export const folder = '/var/lib/rancher/k3s/agent/etc/containerd';
export const ownDropIn = dropIn(
  3,
  { name: 'sysbox-runc', type: 'io.containerd.runc.v2', binary: '/usr/bin/sysbox-runc' },
  true,
);

/** What containerd makes of K3s's configuration and our drop-in. */
export const goodDump = renderedConfig + ownDropIn;

const goodLines = {
  unit: [
    'sysbox-mgr.service loaded enabled no 0',
    'sysbox-fs.service loaded enabled no 0',
    'sysbox.service loaded enabled no 0',
  ],
  running: ['sysbox-mgr b', 'sysbox-fs c'],
  program: ['sysbox-runc a', 'sysbox-mgr b', 'sysbox-fs c'],
  staged: ['sysbox-runc a', 'sysbox-mgr b', 'sysbox-fs c'],
  proof: ['sysbox 0.7.1 c0ffee a', 'k3s v1.34.6+k3s1 containerd 2.1.9 drop-in', 'kernel 6.12.3-amd64'],
};

/** Sysbox on a node; `lines` replaces what the probe prints under a name. */
export function sysboxFacts(
  lines: Readonly<Record<string, readonly string[]>> = {},
  more: Partial<SysboxFacts> = {},
): SysboxFacts {
  const printed = Object.entries({ ...goodLines, ...lines }).flatMap(([name, values]) =>
    values.map((value) => `${name}=${value}\n`),
  );
  return { version: '0.7.1', health: [], seen: report(printed.join('')), ...more };
}

export const noSysbox = sysboxFacts(
  {
    unit: ['sysbox-mgr.service', 'sysbox-fs.service', 'sysbox.service'].map((unit) => `${unit} not-found no no 0`),
    running: [],
    program: [],
    staged: [],
    proof: [],
  },
  { version: '', health: ['sysbox.service is inactive'] },
);

export function containerdFacts(more: Partial<ContainerdFacts> = {}): ContainerdFacts {
  return {
    folder,
    config: renderedConfig,
    templates: { 2: undefined, 3: undefined },
    dropIns: { 2: undefined, 3: ownDropIn },
    dump: { exitCode: 0, stdout: goodDump, stderr: '' },
    live: {
      isKnown: true,
      hasUserNamespaces: true,
      binary: '/usr/bin/sysbox-runc',
      systemdCgroup: true,
      runcSystemdCgroup: true,
    },
    ...more,
  };
}

/** The containerd of a node that nobody has told about Sysbox. */
export const plainContainerd = containerdFacts({
  dropIns: { 2: undefined, 3: undefined },
  dump: { exitCode: 0, stdout: renderedConfig, stderr: '' },
  live: {
    isKnown: false,
    hasUserNamespaces: false,
    binary: '',
    systemdCgroup: false,
    runcSystemdCgroup: true,
  },
});

export function clusterNode(name: string, more: Partial<ClusterNode> = {}): ClusterNode {
  return {
    name,
    isReady: true,
    isCordoned: false,
    isControlPlane: false,
    isEtcd: false,
    labels: { 'sysbox-runtime': 'running' },
    address: `10.0.0.${name.slice(1)}`,
    podNetworks: [`10.42.${name.slice(1)}.0/24`],
    ...more,
  };
}

export function clusterFacts(more: Partial<ClusterFacts> = {}): ClusterFacts {
  return {
    nodes: [clusterNode('n1', { isControlPlane: true, isEtcd: true }), clusterNode('n2')],
    runtimeClass: { handler: 'sysbox-runc', scheduling: { nodeSelector: { 'sysbox-runtime': 'running' } } },
    temporary: [],
    api: { isReady: true, userNamespaces: '1' },
    pods: [],
    events: [],
    ...more,
  };
}

/** A node on which all is well. */
export function nodeFacts(more: Partial<NodeFacts> = {}, k3s: FakeK3s = {}): NodeFacts {
  return {
    host: 'n2',
    adopt: false,
    podUserns: 'hostUsers',
    node: parseK3sNode(nodeReport(k3s)),
    machine: report(machineReport({ version: '0.7.1', ours: 'yes' })),
    kernel: '6.12.3-amd64',
    leftovers: report('now=1\n'),
    sysbox: sysboxFacts(),
    containerd: containerdFacts(),
    crio: undefined,
    label: 'running',
    logs: [],
    configCheck: [],
    cluster: undefined,
    ...more,
  };
}
