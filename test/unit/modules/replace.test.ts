import { expect, test } from 'vitest';

import { replace } from '../../../src/modules/replace.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const host = { files: { '/etc/fstab': 'UUID=1 / ext4\nUUID=2 none swap sw\n' } };

test('everything that fits is replaced', async () => {
  const args = { path: '/etc/fstab', regexp: String.raw`^([^#].*\sswap\s.*)$`, replace: String.raw`# \1` };

  const { steps } = await planModule(replace, args, { host });

  expect(steps[0]?.diff?.after).toBe('UUID=1 / ext4\n# UUID=2 none swap sw\n');
});

test('nothing that fits: nothing to do', async () => {
  expect(await saysOf(planModule(replace, { path: '/etc/fstab', regexp: 'xfs', replace: 'ext4' }, { host }))).toEqual(
    [],
  );
});

test('a section that is not there is told', async () => {
  expect(await planModule(replace, { path: '/etc/fstab', regexp: 'a', after: 'nope' }, { host })).toEqual({
    steps: [],
    message: 'nothing in /etc/fstab fits `after` and `before`',
  });
});

test('a file that is not there is an error', async () => {
  await expect(planModule(replace, { path: '/etc/nope', regexp: 'a' })).rejects.toThrow('there is no /etc/nope');
});
