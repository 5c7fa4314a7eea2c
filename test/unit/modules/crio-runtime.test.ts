import { expect, test } from 'vitest';

import { crioRuntime } from '../../../src/modules/crio-runtime.ts';
import { crioDropIn } from '../../../src/modules/k3s/crio.ts';
import type { FakeProbe } from '../../helpers/fake-host.ts';
import { crioConfig, k3sProbes } from '../../helpers/fake-k3s.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const sysbox = { name: 'sysbox-runc', binary: '/usr/bin/sysbox-runc' };
const path = '/etc/crio/crio.conf.d/50-k3sbox-sysbox-runc.conf';
const foreign = `${crioConfig}[crio.runtime.runtimes.sysbox-runc]\nruntime_path = "/opt/sysbox-runc"\n`;

const host = (files: Readonly<Record<string, string>> = {}, probes: readonly FakeProbe[] = []) => ({
  probes: [...probes, ...k3sProbes({ crio: '/run/crio/crio.sock' })],
  files: { '/etc/crio/crio.conf.d/10-crio.conf': '[crio]\n', ...files },
});
const plan = (files = {}, probes: readonly FakeProbe[] = [], more: { adopt?: boolean; state?: 'absent' } = {}) =>
  planModule(crioRuntime, { ...sysbox, ...more }, { host: host(files, probes) });

test('the runtime gets a file of its own, which is not taken away under pods', async () => {
  const { steps, result } = await plan();

  expect(steps).toEqual([
    expect.objectContaining({
      do: {
        kind: 'file',
        path,
        content: { from: 'text', text: crioDropIn(sysbox) },
        mode: '644',
        owner: 'root',
        group: 'root',
      },
      undoGuard: expect.objectContaining({ kind: 'exec' }),
    }),
  ]);
  expect(result).toEqual({ path, adopted: false });
});

test('a second time there is nothing to do, and CRI-O is not asked', async () => {
  const deaf = { when: '--config-dir', exitCode: 1 };

  expect(await saysOf(plan({ [path]: crioDropIn(sysbox) }, [deaf]))).toEqual([]);
});

test('our file goes again, and nothing else', async () => {
  expect(await saysOf(plan({ [path]: 'x' }, [], { state: 'absent' }))).toEqual([`remove ${path}`]);
  expect(await saysOf(plan({}, [], { state: 'absent' }))).toEqual([]);
});

test.each([
  ['is broken already', { exitCode: 1, stderr: 'toml: line 3\n' }, '/etc/crio/crio.conf.d is broken already'],
  ['knows it from elsewhere', { stdout: foreign }, 'CRI-O knows sysbox-runc already, from a file that is not ours'],
  ['would ignore the file', { stdout: crioConfig }, `CRI-O would not read ${path} as it should`],
  [
    'would change more',
    { stdout: (stdin: string) => `${stdin === '' ? crioConfig : '[crio.runtime]\n'}${stdin}` },
    `CRI-O would not read ${path} as it should`,
  ],
])('a CRI-O that %s is refused', async (_title, said, message) => {
  await expect(plan({}, [{ when: '--config-dir', ...said }])).rejects.toThrow(message);
});

test("somebody else's file is adopted when it names the same program", async () => {
  const same = { when: '--config-dir', stdout: foreign.replace('/opt/', '/usr/bin/') };
  const other = { when: '--config-dir', stdout: foreign };

  expect((await plan({}, [same], { adopt: true })).result).toMatchObject({ adopted: true });
  await expect(plan({}, [other], { adopt: true })).rejects.toThrow('from a file that is not ours');
});

test('a K3s with a containerd of its own is not meant', async () => {
  await expect(planModule(crioRuntime, sysbox, { host: { probes: k3sProbes() } })).rejects.toThrow(
    'k3s-agent.service does not use CRI-O',
  );
});
