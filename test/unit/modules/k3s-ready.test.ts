import { expect, test } from 'vitest';

import { k3sReady } from '../../../src/modules/k3s-ready.ts';
import { fakeNode, k3sProbes } from '../../helpers/fake-k3s.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const server = fakeNode('n1', { roles: ['control-plane', 'etcd'] });
const at = (nodes: readonly ReturnType<typeof fakeNode>[]) => ({
  host: { probes: k3sProbes({ role: 'server', nodes }) },
});

test('a healthy cluster is not waited for', async () => {
  expect(await saysOf(planModule(k3sReady, { without: 'n2' }, at([server, fakeNode('n2')])))).toEqual([]);
});

test('nodes that are not Ready are waited for', async () => {
  const planned = planModule(k3sReady, { timeout: '30s' }, at([server, fakeNode('n2', { ready: false })]));

  expect((await planned).steps).toEqual([
    expect.objectContaining({
      say: 'wait for n2 to be Ready',
      changes: false,
      do: expect.objectContaining({ timeoutMs: 30_000 }),
    }),
  ]);
});

test('what is broken may go away, when only the others have to be Ready', async () => {
  const broken = [server, fakeNode('n2', { ready: false }), fakeNode('n3', { ready: false })];
  const wait = { without: 'n2', others_only: true };

  expect(await saysOf(planModule(k3sReady, wait, at(broken.slice(0, 2))))).toEqual([]);
  expect(await saysOf(planModule(k3sReady, wait, at(broken)))).toEqual(['wait for n3 to be Ready']);
});

test('the only server may restart only if that is meant', async () => {
  await expect(planModule(k3sReady, { without: 'n1' }, at([server]))).rejects.toThrow(
    'the API would be away while n1 restarts',
  );
  expect(await saysOf(planModule(k3sReady, { without: 'n1', allow_api_outage: true }, at([server])))).toEqual([]);
});

test('before a server goes away, the others show that they are there: Kubernetes is slow to call a lost one not Ready', async () => {
  const leases = {
    when: 'get leases',
    stdout: 'n1 2026-11-28T01:00:01.5Z\nn2 2026-11-28T01:00:02.5Z\nn3 2026-11-28T01:00:03.5Z\n',
  };
  const servers = [
    server,
    fakeNode('n2', { roles: ['control-plane', 'etcd'] }),
    fakeNode('n3', { roles: ['control-plane', 'etcd'] }),
  ];
  const among = (nodes: typeof servers) => ({ host: { probes: [leases, ...k3sProbes({ role: 'server', nodes })] } });
  const agent = fakeNode('n4');

  const { steps } = await planModule(k3sReady, { without: 'n1' }, among(servers));
  expect(steps).toMatchObject([{ say: 'wait for a sign of life of n2, n3', changes: false, do: { kind: 'wait' } }]);
  expect(await saysOf(planModule(k3sReady, { without: 'n4' }, among([...servers, agent])))).toEqual([]);
  expect(await saysOf(planModule(k3sReady, { without: 'n1', allow_api_outage: true }, among(servers)))).toEqual([]);
  expect(await saysOf(planModule(k3sReady, { without: 'n1' }, at(servers)))).toEqual([]);
});

test('an unknown node is named', async () => {
  await expect(planModule(k3sReady, { without: 'n9' }, at([server]))).rejects.toThrow('the cluster has no node n9');
});
