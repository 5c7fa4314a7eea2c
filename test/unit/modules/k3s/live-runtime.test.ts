import { expect, test } from 'vitest';

import { parseLiveCrio, parseLiveRuntime, whyRestart } from '../../../../src/modules/k3s/live-runtime.ts';

const info = (runtime: object | undefined, handler: object | undefined): string =>
  JSON.stringify({
    golang: 'go1.24',
    config: {
      containerd: {
        runtimes: { runc: { options: { SystemdCgroup: true } }, ...(runtime && { 'sysbox-runc': runtime }) },
      },
    },
    runtimeHandlers: [
      { name: '' },
      { name: 'runc', features: { user_namespaces: true } },
      ...(handler ? [handler] : []),
    ],
  });
const options = { BinaryName: '/usr/bin/sysbox-runc', SystemdCgroup: true };
const handler = { name: 'sysbox-runc', features: { user_namespaces: true } };

test.each([
  ['it is not known', undefined, undefined, /does not know sysbox-runc yet/],
  ['all is well', { options }, handler, /^$/],
  ['its features failed', { options }, { name: 'sysbox-runc' }, /before it had user namespaces/],
  ['containerd is too old to ask', { options }, undefined, /before it had user namespaces/],
  [
    'it has another binary',
    { options: { ...options, BinaryName: '/opt/sysbox-runc' } },
    handler,
    /uses \/opt\/sysbox-runc/,
  ],
  ['it has no options', {}, handler, /uses no binary/],
  ['its options are null', { options: null }, handler, /uses no binary/],
  [
    'its cgroup driver differs',
    { options: { ...options, SystemdCgroup: false } },
    handler,
    /another cgroup driver than runc/,
  ],
] as const)('when %s', (_title, runtime, offered, why) => {
  const reason = whyRestart(parseLiveRuntime(info(runtime, offered), 'sysbox-runc'), {
    name: 'sysbox-runc',
    binary: '/usr/bin/sysbox-runc',
  });

  expect(reason ?? '').toMatch(why);
});

test.each(['', 'not json', '{}', '[]'])('%j is no answer', (text) => {
  expect(whyRestart(parseLiveRuntime(text, 'x'), { name: 'x', binary: '/x' })).toBe('containerd does not answer');
});

const told = `[crio.runtime]
cgroup_manager = "systemd"
[crio.runtime.runtimes.sysbox-runc]
runtime_path = "/usr/bin/sysbox-runc"
`;
const offers = (userNamespaces: boolean): string =>
  JSON.stringify({ runtimeHandlers: [{ name: 'sysbox-runc', features: { user_namespaces: userNamespaces } }] });

test.each([
  ['knows it', told, offers(true), 'hostUsers', ''],
  ['does not know it', '[crio.runtime]\n', offers(false), 'hostUsers', 'CRI-O does not know sysbox-runc yet'],
  ['has another program', told.replace('/usr/', '/opt/'), offers(true), 'hostUsers', 'CRI-O uses /opt/bin/sysbox-runc'],
  ['offers no user namespaces', told, offers(false), 'hostUsers', 'CRI-O asked sysbox-runc for its features'],
  ['need not offer them', told, offers(false), 'annotation', ''],
  ['tells of no handlers', told, '{}', 'annotation', ''],
] as const)('when CRI-O %s', (_title, config, said, pod_userns, why) => {
  const live = parseLiveCrio(config, said, 'sysbox-runc');
  const reason = whyRestart(live, { name: 'sysbox-runc', binary: '/usr/bin/sysbox-runc', pod_userns }, 'CRI-O');

  expect(reason ?? '').toContain(why);
  expect(reason === undefined).toBe(why === '');
});
