import { expect, test } from 'vitest';

import { iniFile } from '../../../src/modules/ini-file.ts';
import { planModule } from '../../helpers/plan-module.ts';

const text = 'top = 1\n\n[a]\nx = 1\n#y = 2\n\n[b]\nx=3\n';

const after = async (args: object) => {
  const host = { files: { '/etc/a.ini': text } };
  const { steps } = await planModule(iniFile, { path: '/etc/a.ini', ...args }, { host });
  return steps[0]?.diff?.after;
};

test.each([
  [{ section: 'a', option: 'x', value: 1 }, undefined],
  [{ section: 'b', option: 'x', value: 3 }, undefined],
  [{ section: 'a', option: 'x', value: 2 }, text.replace('x = 1', 'x = 2')],
  [{ section: 'b', option: 'x', value: 4, no_extra_spaces: true }, text.replace('x=3', 'x=4')],
  [{ section: 'a', option: 'y', value: 5 }, text.replace('#y = 2', 'y = 5')],
  [{ section: 'a', option: 'y', value: 5, modify_inactive_option: false }, text.replace('#y = 2\n', '#y = 2\ny = 5\n')],
  [{ section: 'a', option: 'z', value: 5 }, text.replace('#y = 2\n', '#y = 2\nz = 5\n')],
  [{ section: 'c', option: 'z', value: 5 }, `${text}[c]\nz = 5\n`],
  [{ option: 'top', value: 2 }, text.replace('top = 1', 'top = 2')],
  [{ section: 'a', option: 'flag', allow_no_value: true }, text.replace('#y = 2\n', '#y = 2\nflag\n')],
  [{ section: 'a', option: 'x', state: 'absent' }, text.replace('x = 1\n', '')],
  [{ section: 'a', state: 'absent' }, 'top = 1\n\n[b]\nx=3\n'],
  [{ section: 'c', state: 'absent' }, undefined],
])('%j', async (args, expected) => {
  expect(await after(args)).toBe(expected);
});

test('a file that is not there is made, unless it must not', async () => {
  const args = { path: '/etc/new.ini', section: 'a', option: 'x', value: 1 };

  expect((await planModule(iniFile, args)).steps[0]?.diff?.after).toBe('[a]\nx = 1\n');
  await expect(planModule(iniFile, { ...args, create: false })).rejects.toThrow('there is no /etc/new.ini');
});

test.each([{ section: 'a', value: 1 }, { option: 'x' }, {}])('%j is refused', (args) => {
  expect(iniFile.args.safeParse({ path: '/a', ...args }).success).toBe(false);
});
