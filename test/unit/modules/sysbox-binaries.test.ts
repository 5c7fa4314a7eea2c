import { expect, test } from 'vitest';

import { sha256Hex } from '../../../src/base/digest.ts';
import { sysboxBinaries } from '../../../src/modules/sysbox-binaries.ts';
import type { FakeState } from '../../helpers/fake-host.ts';
import { k3sProbes } from '../../helpers/fake-k3s.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const src = '/opt/k3sbox/sysbox/0.7.1';
const names = ['sysbox-runc', 'sysbox-mgr', 'sysbox-fs'] as const;
const sha256 = { 'sysbox-runc': sha256Hex('runc'), 'sysbox-mgr': sha256Hex('mgr'), 'sysbox-fs': sha256Hex('fs') };
const installed = Object.fromEntries(
  names.map((name) => [`/usr/bin/${name}`, { content: name.slice(7), mode: '755' }]),
);

const plan = (files: FakeState['files'] & object, more: { readonly running?: string; readonly pods?: unknown } = {}) =>
  planModule(
    sysboxBinaries,
    { src, sha256 },
    {
      host: {
        files,
        probes: [
          ...(more.running === undefined ? [] : [{ when: '/proc/$pid/exe', stdout: more.running }]),
          ...(more.pods === undefined ? [] : [{ when: 'crictl pods', stdout: JSON.stringify({ items: more.pods }) }]),
          ...k3sProbes(),
        ],
      },
    },
  );

const trying = `try the programs in ${src}`;
const put = (name: string) => `put /usr/bin/${name} in place`;

test('new programs are tried before they are put in place', async () => {
  const { steps } = await plan({});

  expect(steps.map(({ say }) => say)).toEqual([trying, ...names.map(put)]);
  expect(steps[0]?.changes).toBe(false);
  expect(steps[1]?.do).toMatchObject({
    kind: 'file',
    content: { from: 'host', path: `${src}/sysbox-runc`, sha256: sha256['sysbox-runc'] },
    mode: '755',
  });
});

test('the same programs are left alone', async () => {
  expect(await saysOf(plan(installed, { running: `${sha256['sysbox-mgr']}  -\n${sha256['sysbox-fs']}  -\n` }))).toEqual(
    [],
  );
});

test('only what differs is replaced, with the daemons stopped', async () => {
  const files = { ...installed, '/usr/bin/sysbox-fs': { content: 'old', mode: '755' } };

  expect(await saysOf(plan(files, { running: `${sha256['sysbox-mgr']}  -\n${sha256Hex('old')}  -\n` }))).toEqual([
    trying,
    'stop sysbox.service',
    put('sysbox-fs'),
  ]);
});

test('a daemon that still runs an old program is stopped', async () => {
  expect(await saysOf(plan(installed, { running: `${sha256Hex('old')}  -\n\n` }))).toEqual(['stop sysbox.service']);
});

test.each([
  [
    'a pod under Sysbox',
    [{ runtimeHandler: 'sysbox-runc', metadata: { name: 'app', namespace: 'x' } }],
    /under running pods: x\/app$/,
  ],
  [
    'many pods',
    Array.from({ length: 7 }, (_, i) => ({
      runtimeHandler: 'sysbox-runc',
      metadata: { name: `p${i}`, namespace: 'x' },
    })),
    /x\/p4, and 2 more$/,
  ],
])('%s keeps other programs away', async (_title, pods, message) => {
  await expect(plan({}, { pods })).rejects.toThrow(message);
});

test('other pods do not matter', async () => {
  expect(
    await saysOf(plan({}, { pods: [{ runtimeHandler: '', metadata: { name: 'app', namespace: 'x' } }] })),
  ).toHaveLength(4);
});
