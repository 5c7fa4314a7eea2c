import { expect, test } from 'vitest';
import type { z } from 'zod';

import { k8sDrain } from '../../../src/modules/k8s-drain.ts';
import { fakeNode, k3sProbes } from '../../helpers/fake-k3s.ts';
import { planModule } from '../../helpers/plan-module.ts';

const classes = JSON.stringify({
  items: [
    { metadata: { name: 'sysbox-runc' }, handler: 'sysbox-runc' },
    { metadata: { name: 'mine' }, handler: 'sysbox-runc' },
    { metadata: { name: 'kata' }, handler: 'kata' },
  ],
});

/** Pods as `NAMESPACE NAME CLASS,OWNER,PHASE`. */
const plan = (args: z.input<typeof k8sDrain.args>, pods: readonly string[] = [], cordoned = false) =>
  planModule(k8sDrain, args, {
    host: {
      probes: [
        { when: 'get pods -A', stdout: pods.map((pod) => `${pod}\n`).join('') },
        { when: 'get runtimeclasses', stdout: classes },
        ...k3sProbes({ nodes: [fakeNode('n1', { cordoned })] }),
      ],
    },
  });

const managed = ['a web ,ReplicaSet,Running', 'b box sysbox-runc,ReplicaSet,Running', 'b own mine,StatefulSet,Pending'];
const staying = ['kube-system cni ,DaemonSet,Running', 'kube-system api ,Node,Running', 'a done ,Job,Succeeded'];

test('a node is closed, then its pods move', async () => {
  const { steps, result } = await plan({ node: 'n1', state: 'drained' }, [...managed, ...staying]);

  expect(steps.map(({ say }) => say)).toEqual([
    'keep new pods from node n1',
    'move 3 pods away from node n1: a/web, b/box, b/own',
  ]);
  expect(steps[0]?.undo).toMatchObject({ command: { text: expect.stringContaining('uncordon n1') } });
  expect(steps[1]?.do).toMatchObject({
    command: { text: expect.stringContaining('drain n1 --ignore-daemonsets --delete-emptydir-data') },
  });
  expect(result).toEqual({ cordoned: true });
});

test('a node that somebody else has closed is not ours to open again', async () => {
  expect(await plan({ node: 'n1', state: 'drained' }, staying, true)).toEqual({
    steps: [],
    result: { cordoned: false },
  });
});

test('only pods of a handler move, whatever their class is called', async () => {
  const { steps } = await plan({ node: 'n1', state: 'evicted', handler: 'sysbox-runc' }, managed);

  expect(steps.map(({ say }) => say)).toEqual(['move 2 pods away from node n1: b/box, b/own']);
  expect(steps[0]?.do).toMatchObject({
    command: { text: expect.stringMatching(/delete pod box -n b .*\n.*delete pod own -n b /) },
  });
});

test('pods that nobody makes again are not deleted unless it is said', async () => {
  const args = { node: 'n1', state: 'evicted', handler: 'sysbox-runc' } as const;
  const alone = ['default shell sysbox-runc,,Running', 'default other ,,Running'];

  await expect(plan(args, alone)).rejects.toThrow('nobody would make these pods of node n1 again: default/shell');
  expect((await plan({ ...args, delete_unmanaged: true }, alone)).steps).toHaveLength(1);
});

test.each([
  [true, ['let pods come to node n1']],
  [false, []],
])('a node that is closed (%s) is opened', async (cordoned, expected) => {
  const { steps } = await plan({ node: 'n1', state: 'schedulable' }, [], cordoned);

  expect(steps.map(({ say }) => say)).toEqual(expected);
});

test('a node that is not there is an error', async () => {
  await expect(plan({ node: 'n9', state: 'schedulable' })).rejects.toThrow('the cluster has no node n9');
});
