import { expect, test } from 'vitest';

import { k8sLabel } from '../../../src/modules/k8s-label.ts';
import { k3sProbes } from '../../helpers/fake-k3s.ts';
import { planModule } from '../../helpers/plan-module.ts';

const node = (labels: Readonly<Record<string, string>>) => ({ host: { probes: k3sProbes({ labels }) } });
const running = { labels: { 'sysbox-runtime': 'running' } };
const kubelet = '/usr/local/bin/k3s kubectl --kubeconfig /var/lib/rancher/k3s/agent/kubelet.kubeconfig';

test.each([
  ['a new label', {}, running, 'sysbox-runtime=running', 'sysbox-runtime-'],
  ['another value', { 'sysbox-runtime': 'installing' }, running, 'sysbox-runtime=running', 'sysbox-runtime=installing'],
  [
    'no label any more',
    { 'sysbox-runtime': 'running' },
    { labels: { 'sysbox-runtime': null } },
    'sysbox-runtime-',
    'sysbox-runtime=running',
  ],
])('%s is set with the rights of the kubelet, and taken back', async (_title, now, args, wanted, before) => {
  const { steps } = await planModule(k8sLabel, args, node(now));

  expect(steps).toEqual([
    expect.objectContaining({
      do: {
        kind: 'exec',
        command: expect.objectContaining({ text: `${kubelet} label node n2 --overwrite ${wanted}` }),
      },
      undo: {
        kind: 'exec',
        command: expect.objectContaining({ text: `${kubelet} label node n2 --overwrite ${before}` }),
      },
    }),
  ]);
});

test.each([
  [{ 'sysbox-runtime': 'running', other: 'x' }, running],
  [{}, { labels: { 'sysbox-runtime': null } }],
])('a node with %j already has %j', async (now, args) => {
  expect((await planModule(k8sLabel, args, node(now))).steps).toEqual([]);
});
