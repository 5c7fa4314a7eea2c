import { expect, test } from 'vitest';

import { parseLiveRuntime, whyRestart } from '../../../../src/modules/k3s/live-runtime.ts';

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
  const reason = whyRestart(
    parseLiveRuntime(info(runtime, offered), 'sysbox-runc'),
    'sysbox-runc',
    '/usr/bin/sysbox-runc',
  );

  expect(reason ?? '').toMatch(why);
});

test.each(['', 'not json', '{}', '[]'])('%j is no answer', (text) => {
  expect(whyRestart(parseLiveRuntime(text, 'x'), 'x', '/x')).toBe('containerd does not answer');
});
