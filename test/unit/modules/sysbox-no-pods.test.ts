import { describe, expect, test } from 'vitest';

import { sysboxNoPods } from '../../../src/modules/sysbox-no-pods.ts';
import { k3sProbes } from '../../helpers/fake-k3s.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const pod = (name: string, namespace = 'default', runtimeHandler = 'sysbox-runc') => ({
  runtimeHandler,
  metadata: { name, namespace },
});

/** Plans on a node whose containerd has these pods; undefined: it does not answer. */
function plan(items: readonly object[] | undefined, wait?: string, words = '') {
  const said = items === undefined ? { exitCode: 1 } : { stdout: JSON.stringify({ items }) };
  const host = { probes: [{ when: 'crictl pods', ...said }, ...k3sProbes({ role: 'server', words })] };
  return planModule(sysboxNoPods, wait === undefined ? {} : { wait }, { host });
}

describe('without waiting', () => {
  test('pods of other runtimes and canaries are nobody', async () => {
    expect(await saysOf(plan([pod('web', 'default', ''), pod('sysbox', 'k3sbox-canary-n2')]))).toEqual([]);
  });

  test('each pod with Sysbox is named, and what lets it go', async () => {
    await expect(plan([pod('a'), pod('b', 'team'), pod('web', 'default', 'runc')])).rejects.toMatchObject({
      message: 'pods run with sysbox-runc on node n2: default/a, team/b',
      hint: expect.stringContaining('sysbox_evict_pods: true'),
    });
  });

  test('who cannot be asked is not taken for empty', async () => {
    await expect(plan(undefined)).rejects.toThrow('containerd does not answer');
  });

  test('a server without a kubelet has none', async () => {
    expect(await saysOf(plan(undefined, undefined, '--disable-agent'))).toEqual([]);
  });
});

test('those that are moving away are waited for', async () => {
  const { steps } = await plan([pod('a')], '30s');

  expect(steps).toEqual([
    {
      say: 'wait until no pod runs with sysbox-runc on node n2',
      do: expect.objectContaining({ kind: 'wait', timeoutMs: 30_000 }),
      changes: false,
    },
  ]);
});
