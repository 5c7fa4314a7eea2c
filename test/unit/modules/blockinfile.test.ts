import { expect, test } from 'vitest';

import { blockinfile } from '../../../src/modules/blockinfile.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const block = '# BEGIN ANSIBLE MANAGED BLOCK\none\n# END ANSIBLE MANAGED BLOCK\n';
const host = { files: { '/etc/hosts': '127.0.0.1 a\n', '/etc/with': `127.0.0.1 a\n${block}` } };

test.each([
  [{ path: '/etc/hosts', block: 'one' }, `127.0.0.1 a\n${block}`],
  [{ path: '/etc/hosts', content: 'one\n' }, `127.0.0.1 a\n${block}`],
  [
    { path: '/etc/hosts', block: 'one', marker: '; {mark} it', marker_begin: 'from', marker_end: 'to' },
    '127.0.0.1 a\n; from it\none\n; to it\n',
  ],
  [{ path: '/etc/with', block: 'two' }, `127.0.0.1 a\n${block.replace('one', 'two')}`],
  [{ path: '/etc/with', state: 'absent' }, '127.0.0.1 a\n'],
  [{ path: '/etc/with', block: '' }, '127.0.0.1 a\n'],
] as const)('%j', async (args, after) => {
  const { steps } = await planModule(blockinfile, args, { host });

  expect(steps[0]?.diff?.after).toBe(after);
});

test.each([
  [{ path: '/etc/with', block: 'one' }],
  [{ path: '/etc/hosts', state: 'absent' }],
  [{ path: '/etc/nope', state: 'absent' }],
] as const)('nothing to do for %j', async (args) => {
  expect(await saysOf(planModule(blockinfile, args, { host }))).toEqual([]);
});

test('a file that is not there is made when that is asked for', async () => {
  await expect(planModule(blockinfile, { path: '/etc/nope', block: 'one' })).rejects.toThrow('there is no /etc/nope');
  const { steps } = await planModule(blockinfile, { path: '/etc/nope', block: 'one', create: true, mode: '0600' });
  expect(steps[0]?.do).toMatchObject({ content: { text: block }, mode: '600' });
});

test('markers that cannot be told apart are refused', () => {
  expect(blockinfile.args.safeParse({ path: '/a', block: 'x', marker: '# x' }).success).toBe(false);
});
