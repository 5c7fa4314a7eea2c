import { expect, test } from 'vitest';

import { parseK3sNode } from '../../../../src/modules/k3s/k3s-node.ts';
import { nodeReport, renderedConfig } from '../../../helpers/fake-k3s.ts';

test('an agent is described by its unit, its containerd and what it rendered', () => {
  expect(parseK3sNode(nodeReport({ files: ['config-v3.toml.d/50-gpu.toml'] }))).toEqual({
    unit: 'k3s-agent.service',
    distribution: 'k3s',
    tools: {
      kubectl: ['/usr/local/bin/k3s', 'kubectl'],
      crictl: ['/usr/local/bin/k3s', 'crictl'],
      ctr: ['/usr/local/bin/k3s', 'ctr'],
    },
    role: 'agent',
    isActive: true,
    binary: '/usr/local/bin/k3s',
    arguments: [],
    version: 'v1.34.6+k3s1',
    name: 'n2',
    dataDir: '/var/lib/rancher/k3s',
    hasUserNamespaceGate: false,
    containerd: {
      version: '2.1.9',
      binary: '/var/lib/rancher/k3s/data/current/bin/containerd',
      configFile: '/var/lib/rancher/k3s/agent/etc/containerd/config.toml',
      folder: '/var/lib/rancher/k3s/agent/etc/containerd',
      config: renderedConfig,
      files: ['config.toml', 'config-v3.toml.d/50-gpu.toml'],
    },
  });
});

test('RKE2 has programs of its own in its data directory, and the socket of K3s', () => {
  const report = nodeReport({ dataDir: '/var/lib/rancher/rke2' })
    .replace('unit=k3s-agent.service', 'unit=rke2-agent.service')
    .replace('command=/usr/local/bin/k3s agent', 'command=/usr/local/bin/rke2 agent')
    .concat('\nproduct=rke2\n');

  expect(parseK3sNode(report)).toMatchObject({
    unit: 'rke2-agent.service',
    distribution: 'rke2',
    dataDir: '/var/lib/rancher/rke2',
    tools: {
      kubectl: ['/var/lib/rancher/rke2/bin/kubectl'],
      crictl: ['/var/lib/rancher/rke2/bin/crictl', '--runtime-endpoint', 'unix:///run/k3s/containerd/containerd.sock'],
      ctr: ['/var/lib/rancher/rke2/bin/ctr', '--address', '/run/k3s/containerd/containerd.sock'],
    },
    containerd: { folder: '/var/lib/rancher/rke2/agent/etc/containerd' },
  });
});

test.each(['unix:///run/crio/crio.sock', '/run/crio/crio.sock'])('a CRI-O at %s is asked there', (crio) => {
  expect(parseK3sNode(nodeReport({ crio }))).toMatchObject({
    crio: { binary: '/usr/bin/crio', version: '1.34.2', endpoint: 'unix:///run/crio/crio.sock' },
    containerd: undefined,
    tools: { crictl: ['/usr/local/bin/k3s', 'crictl', '--runtime-endpoint', 'unix:///run/crio/crio.sock'] },
  });
});

test('words behind the verb are kept', () => {
  const node = parseK3sNode(nodeReport({ role: 'server', words: '--disable traefik --data-dir /data' }));

  expect(node).toMatchObject({
    role: 'server',
    unit: 'k3s.service',
    arguments: ['--disable', 'traefik', '--data-dir', '/data'],
  });
});

test('a K3s without a containerd of its own has none', () => {
  expect(parseK3sNode(nodeReport({ containerd: '' }))?.containerd).toBeUndefined();
});

test.each(['v2.1.4-k3s1', 'v2.1.4', '2.1.4+unknown'])('the containerd %s is 2.1.4', (containerd) => {
  expect(parseK3sNode(nodeReport({ containerd }))?.containerd?.version).toBe('2.1.4');
});

test('without a unit there is no K3s', () => {
  expect(parseK3sNode('')).toBeUndefined();
});

test('two units are refused', () => {
  expect(() => parseK3sNode(`unit=k3s.service\n${nodeReport()}`)).toThrow(
    /more than one K3s is installed: k3s.service, k3s-agent.service/,
  );
});
