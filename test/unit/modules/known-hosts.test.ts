import { expect, test } from 'vitest';

import { knownHosts } from '../../../src/modules/known-hosts.ts';
import { planModule } from '../../helpers/plan-module.ts';

const text = 'git.example.com ssh-ed25519 AAAAold\ngit.example.com,10.0.0.1 ssh-rsa AAAAr\n# note\n';
const host = { files: { '/root/.ssh/known_hosts': text } };

test.each([
  [{ key: 'git.example.com ssh-ed25519 AAAAold' }, undefined],
  [
    { key: 'git.example.com ssh-ed25519 AAAAnew' },
    `${text.split('\n').slice(1).join('\n')}git.example.com ssh-ed25519 AAAAnew\n`,
  ],
  [{ key: 'git.example.com ecdsa-sha2-nistp256 AAAAe' }, `${text}git.example.com ecdsa-sha2-nistp256 AAAAe\n`],
  [{ state: 'absent' as const }, '# note\n'],
  [{ state: 'absent' as const, key: 'git.example.com ssh-rsa AAAAr' }, text.replace(/^git.*ssh-rsa.*\n/m, '')],
])('%j', async (args, after) => {
  const { steps } = await planModule(knownHosts, { name: 'git.example.com', ...args }, { host });

  expect(steps[0]?.diff?.after).toBe(after);
});

test.each([{ name: 'a' }, { name: 'a', key: 'AAAA' }, { name: 'a', key: 'a ssh-rsa AAAA', hash_host: true }])(
  '%j is refused',
  (args) => {
    expect(knownHosts.args.safeParse(args).success).toBe(false);
  },
);

test('a key is put on a line of its own behind a last line without an end', async () => {
  const open = { files: { '/root/.ssh/known_hosts': '# note' } };
  const key = 'git.example.com ssh-ed25519 AAAAnew';
  const { steps } = await planModule(knownHosts, { name: 'git.example.com', key }, { host: open });

  expect(steps[0]?.diff?.after).toBe(`# note\n${key}\n`);
});
