import { expect, test } from 'vitest';

import { sysctlMinimum } from '../../../src/modules/sysctl-minimum.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const file = '/etc/sysctl.d/99-x.conf';
const values = { 'vm.max_map_count': 262_144, 'kernel.pid_max': 4_194_304 };
const plan = (live: string, text?: string) =>
  planModule(
    sysctlMinimum,
    { values, file },
    {
      host: {
        probes: [{ when: '/proc/sys', stdout: live }],
        files: { '/etc/sysctl.d': { type: 'directory' }, ...(text !== undefined && { [file]: text }) },
      },
    },
  );
const kept = (mapCount: number, pidMax: number) =>
  `# managed by k3sbox\nvm.max_map_count = ${mapCount}\nkernel.pid_max = ${pidMax}\n`;

test('what is too low is raised, what is high enough is kept', async () => {
  const { steps } = await plan('vm.max_map_count=65530\nkernel.pid_max=5000000\n');

  expect(steps.map(({ say }) => say)).toEqual([
    `write ${file} (mode 644, owner root, group root)`,
    'raise vm.max_map_count from 65530 to 262144',
  ]);
  expect(steps[0]?.diff?.after).toBe(kept(262_144, 5_000_000));
});

test('a rollback lowers only what is still ours', async () => {
  const { steps } = await plan('vm.max_map_count=65530\nkernel.pid_max=5000000\n');

  expect(steps[1]?.undo).toMatchObject({
    kind: 'exec',
    command: { text: '[ "$(cat /proc/sys/vm/max_map_count)" != 262144 ] || echo 65530 >/proc/sys/vm/max_map_count' },
  });
});

test('the second time there is nothing to do', async () => {
  expect(await saysOf(plan('vm.max_map_count=262144\nkernel.pid_max=4194304\n', kept(262_144, 4_194_304)))).toEqual([]);
  expect(await saysOf(plan('vm.max_map_count=999999\nkernel.pid_max=4194304\n', kept(262_144, 4_194_304)))).toEqual([]);
});

test('a setting that this kernel does not have is left out', async () => {
  const { steps } = await plan('vm.max_map_count=262144\nkernel.pid_max=\n');

  expect(steps[0]?.diff?.after).toBe('# managed by k3sbox\nvm.max_map_count = 262144\n');
});

test('a kernel with none of them gets no file', async () => {
  expect(await saysOf(plan('vm.max_map_count=\nkernel.pid_max=\n'))).toEqual([]);
});
