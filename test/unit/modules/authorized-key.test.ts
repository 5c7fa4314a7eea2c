import { expect, test } from 'vitest';

import { authorizedKey } from '../../../src/modules/authorized-key.ts';
import { editKeys } from '../../../src/modules/shared/edit-authorized-keys.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const ada = 'ssh-ed25519 AAAAada ada@home';
const eve = 'from="10.0.0.0/8,\\"x y\\"",no-pty ssh-rsa AAAAeve eve';
const text = `# keys\n${ada}\n${eve}\n`;

test.each([
  ['a key that is there', { key: ada }, text],
  ['a key that is there under another comment', { key: 'ssh-ed25519 AAAAada other' }, text],
  ['a new key', { key: 'ssh-ed25519 AAAAnew' }, `${text}ssh-ed25519 AAAAnew\n`],
  ['new keys, one of them known', { key: `${ada}\n\n# more\nssh-rsa AAAAb b` }, `${text}ssh-rsa AAAAb b\n`],
  ['a key alone', { key: ada, exclusive: true }, `# keys\n${ada}\n`],
  ['a key with other options', { key: ada, key_options: 'no-pty' }, `# keys\nno-pty ${ada}\n${eve}\n`],
  [
    'a key with another comment',
    { key: 'ssh-rsa AAAAeve', comment: 'E' },
    `# keys\n${ada}\n${eve.replace(' eve', ' E')}\n`,
  ],
  ['a key to be removed', { key: 'ssh-rsa AAAAeve', state: 'absent' as const }, `# keys\n${ada}\n`],
  ['a key to be removed that is not there', { key: 'ssh-rsa AAAAx', state: 'absent' as const }, text],
])('%s', (_title, edit, after) => {
  expect(editKeys(text, { state: 'present', ...edit })).toBe(after);
});

test('a last line without an end gets one before a new key', () => {
  expect(editKeys(ada, { state: 'present', key: 'ssh-rsa AAAAb' })).toBe(`${ada}\nssh-rsa AAAAb\n`);
});

const users = { ada: { gid: 1001 } };

test('folder and file are made for their owner', async () => {
  const { steps } = await planModule(authorizedKey, { user: 'ada', key: ada }, { host: { users } });

  const owner = { owner: 'ada', group: '1001' };
  expect(steps.map(({ do: op }) => op)).toEqual([
    { kind: 'directory', path: '/home/ada/.ssh', mode: '700', ...owner },
    {
      kind: 'file',
      path: '/home/ada/.ssh/authorized_keys',
      content: { from: 'text', text: `${ada}\n` },
      mode: '600',
      ...owner,
    },
  ]);
});

test.each([
  ['the key is there', { key: ada }, []],
  ['the key is not there', { key: 'ssh-rsa AAAAb' }, ['write /home/ada/.ssh/authorized_keys']],
  ['the key is to go', { key: ada, state: 'absent' as const }, ['write /home/ada/.ssh/authorized_keys']],
])('%s', async (_title, args, says) => {
  const files = {
    '/home/ada/.ssh': { type: 'directory', mode: '700', owner: 'ada', group: 'ada' },
    '/home/ada/.ssh/authorized_keys': `${ada}\n`,
  } as const;
  const host = { users, groups: { ada: { gid: 1001 } }, files };

  expect(await saysOf(planModule(authorizedKey, { user: 'ada', ...args }, { host }))).toEqual(says);
});

test('an account that does not exist is an error', async () => {
  await expect(planModule(authorizedKey, { user: 'nobody', key: ada })).rejects.toThrow('there is no account nobody');
});

test.each(['https://github.com/ada.keys', 'hello', 'ssh-ed25519'])('the key %j is refused', (key) => {
  expect(authorizedKey.args.safeParse({ user: 'ada', key }).success).toBe(false);
});
