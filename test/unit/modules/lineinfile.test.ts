import { expect, test } from 'vitest';

import { lineinfile } from '../../../src/modules/lineinfile.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const host = { files: { '/etc/app.conf': { content: 'a=1\nb=1\n', mode: '600' } } };

test('the change is the whole text, and shown as such', async () => {
  const { steps } = await planModule(lineinfile, { path: '/etc/app.conf', regexp: '^a=', line: 'a=2' }, { host });

  expect(steps).toEqual([
    {
      say: 'write /etc/app.conf',
      do: { kind: 'file', path: '/etc/app.conf', content: { from: 'text', text: 'a=2\nb=1\n' } },
      diff: { of: '/etc/app.conf', before: 'a=1\nb=1\n', after: 'a=2\nb=1\n' },
    },
  ]);
});

test.each([
  [{ regexp: '^a=', line: 'a=1' }, []],
  [{ line: 'a=1\n' }, []],
  [{ line: 'a=1', mode: '0600' }, []],
  [{ line: 'a=1', mode: '0644' }, ['set mode 644 of /etc/app.conf']],
  [{ line: 'c=1' }, ['write /etc/app.conf']],
  [{ line: 'a=1', state: 'absent' }, ['write /etc/app.conf']],
  [{ regexp: '^c=', state: 'absent' }, []],
  [{ line: 'b=2', regexp: '^b=', validate: 'check %s' }, ['write /etc/app.conf']],
] as const)('%j: %j', async (args, says) => {
  expect(await saysOf(planModule(lineinfile, { path: '/etc/app.conf', ...args }, { host }))).toEqual(says);
});

test('a file that is not there is made when that is asked for, with its folder', async () => {
  const args = { path: '/opt/app/app.conf', line: 'a=1' };

  await expect(planModule(lineinfile, args)).rejects.toThrow('there is no /opt/app/app.conf');
  expect(await saysOf(planModule(lineinfile, { ...args, create: true, mode: '0600' }))).toEqual([
    'make directory /opt/app',
    'write /opt/app/app.conf (mode 600)',
  ]);
  expect(await saysOf(planModule(lineinfile, { ...args, state: 'absent' }))).toEqual([]);
});

test('through a link, the file it leads to is written', async () => {
  const linked = { files: { '/etc/link': { target: 'app.conf' }, '/etc/app.conf': 'a=1\n' } };

  expect(await saysOf(planModule(lineinfile, { path: '/etc/link', line: 'c' }, { host: linked }))).toEqual([
    'write /etc/app.conf',
  ]);
  expect(
    await saysOf(planModule(lineinfile, { path: '/etc/link', line: 'a=1', mode: '0600' }, { host: linked })),
  ).toEqual(['set mode 600 of /etc/app.conf']);
});

test.each([
  [Buffer.from([0xe9]), '/etc/app.conf is not a text file in UTF-8'],
  [Buffer.from([0]), '/etc/app.conf is not a text file in UTF-8'],
])('bytes %j are not edited', async (content, message) => {
  const files = { '/etc/app.conf': { content } };

  await expect(planModule(lineinfile, { path: '/etc/app.conf', line: 'a' }, { host: { files } })).rejects.toThrow(
    message,
  );
});

test.each([
  [{ path: '/a' }],
  [{ path: '/a', line: 'x', insertafter: 'a', insertbefore: 'b' }],
  [{ path: '/a', line: 'x', backrefs: true }],
  [{ path: '/a', state: 'absent' }],
  [{ line: 'x' }],
])('arguments %j are refused', (args) => {
  expect(lineinfile.args.safeParse(args).success).toBe(false);
});
