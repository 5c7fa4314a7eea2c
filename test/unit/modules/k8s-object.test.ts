import { describe, expect, test } from 'vitest';

import { isReversible } from '../../../src/base/op.ts';
import { k8sObject } from '../../../src/modules/k8s-object.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const runtimeClass = {
  apiVersion: 'node.k8s.io/v1',
  kind: 'RuntimeClass',
  metadata: { name: 'sysbox-runc' },
  handler: 'sysbox-runc',
  scheduling: { nodeSelector: { 'sysbox-runtime': 'running' } },
};
const pod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'canary', namespace: 'test' },
  spec: { containers: [{ name: 'c', image: 'busybox' }] },
};

/** An API that has these objects, by the words behind `get`. */
const api = (objects: Readonly<Record<string, object>>) => ({
  probes: [
    ...Object.entries(objects).map(([words, object]) => ({ when: `get ${words} `, stdout: JSON.stringify(object) })),
    { when: 'kubectl' },
  ],
});
const server = { uid: '1', resourceVersion: '7', creationTimestamp: '2026-01-01T00:00:00Z' };

describe('present', () => {
  test('what is missing is applied, and deleted by a rollback', async () => {
    const { steps } = await planModule(k8sObject, { definition: runtimeClass }, { host: api({}) });

    expect(steps).toHaveLength(1);
    expect(steps[0]).toMatchObject({
      say: 'create RuntimeClass sysbox-runc',
      do: { kind: 'exec', stdin: expect.stringContaining('"handler": "sysbox-runc"') },
      undo: {
        kind: 'exec',
        command: { text: expect.stringContaining('delete runtimeclass.v1.node.k8s.io sysbox-runc --ignore-not-found') },
      },
    });
  });

  test('what is there with more members than asked for is left alone', async () => {
    const live = {
      ...runtimeClass,
      metadata: { ...runtimeClass.metadata, ...server },
      overhead: { podFixed: { cpu: '1' } },
    };

    expect(
      await saysOf(
        planModule(
          k8sObject,
          { definition: runtimeClass },
          { host: api({ 'runtimeclass.v1.node.k8s.io sysbox-runc': live }) },
        ),
      ),
    ).toEqual([]);
  });

  test('a table without members is there when it is not', async () => {
    const wanted = { ...runtimeClass, metadata: { ...runtimeClass.metadata, annotations: {} } };
    const host = api({ 'runtimeclass.v1.node.k8s.io sysbox-runc': runtimeClass });

    expect(await saysOf(planModule(k8sObject, { definition: wanted }, { host }))).toEqual([]);
  });

  test('what differs is changed, and put back as it was, without what the server adds', async () => {
    const live = { ...runtimeClass, scheduling: {}, metadata: { ...runtimeClass.metadata, ...server }, status: {} };

    const { steps } = await planModule(
      k8sObject,
      { definition: runtimeClass },
      { host: api({ 'runtimeclass.v1.node.k8s.io sysbox-runc': live }) },
    );

    expect(steps[0]).toMatchObject({ say: 'change RuntimeClass sysbox-runc', undo: { stdin: steps[0]?.diff?.before } });
    expect(JSON.parse(steps[0]?.diff?.before ?? '')).toEqual({ ...runtimeClass, scheduling: {} });
  });

  test('another handler is refused: it cannot be changed', async () => {
    const live = { ...runtimeClass, handler: 'runc' };

    await expect(
      planModule(
        k8sObject,
        { definition: runtimeClass },
        { host: api({ 'runtimeclass.v1.node.k8s.io sysbox-runc': live }) },
      ),
    ).rejects.toThrow('the RuntimeClass sysbox-runc exists with the handler "runc"');
  });

  test('pods are waited for when asked to', async () => {
    const { steps } = await planModule(k8sObject, { definition: [pod, runtimeClass], wait: '20s' }, { host: api({}) });

    expect(steps.map(({ say }) => say)).toEqual([
      'create Pod test/canary',
      'create RuntimeClass sysbox-runc',
      'wait until test/canary is Running',
    ]);
    expect(steps[2]).toMatchObject({ changes: false, do: { timeoutMs: 80_000 } });
  });
});

describe('absent', () => {
  const two = { definition: [runtimeClass, pod], state: 'absent' as const };

  test('what is there is deleted, the last first, and put back by a rollback', async () => {
    const host = api({ 'runtimeclass.v1.node.k8s.io sysbox-runc': runtimeClass, 'pod canary -n test': pod });

    const { steps } = await planModule(k8sObject, two, { host });

    expect(steps.map(({ say }) => say)).toEqual(['delete Pod test/canary', 'delete RuntimeClass sysbox-runc']);
    expect(steps[0]).toMatchObject({ undo: { kind: 'exec', stdin: expect.stringContaining('"canary"') } });
  });

  test('what was there for a while only does not come back', async () => {
    const temporary = { ...pod, metadata: { ...pod.metadata, labels: { 'k3sbox.io/temporary': 'true' } } };

    const { steps } = await planModule(k8sObject, two, { host: api({ 'pod canary -n test': temporary }) });

    expect(steps).toEqual([expect.objectContaining({ say: 'delete Pod test/canary', needsNoUndo: true })]);
    expect(steps[0]).not.toHaveProperty('undo');
  });

  test('what is not there needs nothing', async () => {
    expect(await saysOf(planModule(k8sObject, two, { host: api({}) }))).toEqual([]);
  });
});

test('an API that does not answer is an error', async () => {
  const host = { probes: [{ when: 'kubectl', exitCode: 1 }] };

  await expect(planModule(k8sObject, { definition: pod }, { host })).rejects.toThrow(
    'the Kubernetes API does not answer here',
  );
});

const secret = (password: string) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: 'db', namespace: 'test' },
  stringData: { password },
});

describe('a Secret', () => {
  const there = api({ 'secret db -n test': secret('hunter2') });

  test('that is new is deleted by a rollback, and its values are shown to nobody', async () => {
    const { steps } = await planModule(k8sObject, { definition: secret('hunter2') }, { host: api({}) });

    expect(steps[0]?.undo).toBeDefined();
    expect(JSON.stringify([steps[0]?.diff, steps[0]?.undo])).not.toContain('hunter2');
  });

  test.each([
    ['changed', { definition: secret('hunter3') }],
    ['deleted', { definition: secret('hunter3'), state: 'absent' as const }],
  ])('that is %s is not kept on the host for a rollback', async (_how, args) => {
    const { steps } = await planModule(k8sObject, args, { host: there });

    expect(steps.map(isReversible)).toEqual([false]);
    expect(JSON.stringify(steps[0]?.diff)).not.toMatch(/hunter/);
  });
});

test.each([
  ['is taken back only when no pod names it', runtimeClass, true],
  [
    'that a playbook only tries is taken back in any case',
    { ...runtimeClass, metadata: { name: 'x', labels: { 'k3sbox.io/temporary': 'true' } } },
    false,
  ],
])('a new RuntimeClass %s', async (_title, definition, isGuarded) => {
  const { steps } = await planModule(k8sObject, { definition }, { host: api({}) });

  expect(steps[0]?.undoGuard !== undefined).toBe(isGuarded);
});
