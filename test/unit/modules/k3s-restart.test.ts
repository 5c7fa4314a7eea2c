import { describe, expect, test } from 'vitest';
import type { z } from 'zod';

import { k3sRestart } from '../../../src/modules/k3s-restart.ts';
import { type FakeK3s, k3sProbes } from '../../helpers/fake-k3s.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const runtime = { name: 'sysbox-runc', binary: '/usr/bin/sysbox-runc' };
const plan = (args: z.input<typeof k3sRestart.args>, k3s: FakeK3s = {}) =>
  planModule(k3sRestart, args, { host: { probes: k3sProbes(k3s) } });

test('a restart waits by itself, is done once more after a rollback, and stands apart from the wait for the runtime', async () => {
  const { steps, message } = await plan({ runtime });

  expect(message).toBe('containerd does not know sysbox-runc yet');
  expect(steps).toEqual([
    expect.objectContaining({ say: 'restart k3s-agent.service and wait until node n2 is Ready', againAfterUndo: true }),
    expect.objectContaining({ say: 'wait until node n2 offers sysbox-runc with user namespaces', changes: false }),
  ]);
  expect(steps[1]).not.toHaveProperty('againAfterUndo');
});

test('a containerd that serves the runtime is left alone', async () => {
  expect(await saysOf(plan({ runtime }, { live: { 'sysbox-runc': { userNamespaces: true } } }))).toEqual([]);
});

test('without a runtime it always restarts', async () => {
  expect(await saysOf(plan({}, { live: { 'sysbox-runc': { userNamespaces: true } } }))).toHaveLength(1);
});

test.each([
  [{}, 'agent', 180],
  [{}, 'server', 300],
  [{ timeout: '1m' }, 'server', 60],
  [{ timeout: 30 }, 'agent', 30],
] as const)('with %j a restarted %s has %i s', async (args, role, seconds) => {
  const { steps } = await plan(args, { role });

  expect(steps[0]?.do).toMatchObject({
    timeoutMs: (seconds + 60) * 1000,
    command: { text: expect.stringContaining(` timeout=${seconds}\n`) },
  });
});

test('a node that cannot be watched is not restarted', async () => {
  await expect(plan({}, { name: '' })).rejects.toThrow('the API does not tell this node its name');
});

test.each([
  ['a handler that is still served', { gone: 'sysbox-runc' }, { live: { 'sysbox-runc': { userNamespaces: true } } }, 1],
  ['a handler that is gone', { gone: 'sysbox-runc' }, {}, 0],
  ['a version that the node does not run', { version: 'v1.35.3+k3s1' }, { running: 'v1.34.6+k3s1' }, 1],
  ['the version that it runs', { version: 'v1.35.3+k3s1' }, { running: 'v1.35.3+k3s1' }, 0],
] as const)('%s decides', async (_title, args, { running, ...k3s }: FakeK3s & { readonly running?: string }, count) => {
  const probes = [{ when: 'nodeInfo.kubeletVersion', stdout: running ?? '' }, ...k3sProbes(k3s)];

  expect((await planModule(k3sRestart, args, { host: { probes } })).steps).toHaveLength(count);
});

describe('with CRI-O', () => {
  const crio = { role: 'server', crio: '/run/crio/crio.sock' } as const;

  test('that is restarted for a runtime, and the API goes on: etcd is not asked', async () => {
    const { steps, message } = await plan({ runtime }, crio);

    expect(message).toBe('CRI-O does not know sysbox-runc yet');
    expect(steps.map(({ say }) => say)).toEqual([
      'restart crio.service and wait until node n2 is Ready',
      'wait until node n2 offers sysbox-runc with user namespaces',
    ]);
    expect(steps[0]).not.toHaveProperty('undoGuard');
  });

  test('nothing is waited for that Kubernetes need not know', async () => {
    expect(await saysOf(plan({ runtime: { ...runtime, pod_userns: 'annotation' } }, crio))).toHaveLength(1);
  });

  test('another K3s is a matter of K3s', async () => {
    expect(await saysOf(plan({ version: 'v1.35.3+k3s1' }, crio))).toEqual([
      'restart k3s.service and wait until node n2 is Ready',
    ]);
  });
});
