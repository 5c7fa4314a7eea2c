import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import { defineModule, type PlanContext } from './module.ts';
import { flag, hostPath } from './shared/args.ts';
import { accountName } from './shared/accounts.ts';
import { notDirectory } from './shared/directories.ts';
import { editKeys, parseKeys } from './shared/edit-authorized-keys.ts';
import { planFile, textContent } from './shared/file-content.ts';
import { planRights } from './shared/ownership.ts';
import { folderOf } from './shared/paths.ts';
import { readTextFile } from './shared/text-file.ts';

const args = z
  .strictObject({
    user: accountName.describe('Whose keys they are.'),
    key: z.string().min(1).describe('One public key in each line; empty lines and comments do not count.'),
    state: z.enum(['present', 'absent']).default('present').describe('Should they be allowed?'),
    exclusive: flag('Remove all other keys.'),
    key_options: z.string().optional().describe('Options before the key, such as `no-pty,from="10.0.0.0/8"`.'),
    comment: z.string().optional().describe('Comment behind the key, instead of its own.'),
    path: hostPath('The file (default: .ssh/authorized_keys in the home folder).').optional(),
    manage_dir: flag('Make the folder and set its rights (default yes).'),
    follow: flag('Accepted; links are always followed.'),
    validate_certs: flag('Accepted and ignored.'),
  })
  .superRefine(({ key }, context) => {
    const isUrl = /^https?:\/\//.test(key);
    if (isUrl) context.addIssue({ code: 'custom', path: ['key'], message: 'must be the keys themselves, not a URL' });
    else if (parseKeys(key).some((line) => line.key === undefined)) {
      context.addIssue({
        code: 'custom',
        path: ['key'],
        message: 'must be public keys, such as `ssh-ed25519 AAAA... me`',
      });
    }
  });

type Context = PlanContext<z.output<typeof args>>;

/** Keys that may log in. */
export const authorizedKey = defineModule({
  name: 'authorized_key',
  summary: 'Allow or forbid public keys to log in to an account.',
  args,
  examples: [
    {
      title: 'An operator',
      args: {
        user: 'root',
        key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1JcLdvyGv0k7cQ7Gf2o3Zk7aN7h0X2a9gq3N6k0aBc ada',
      },
    },
  ],

  async plan(context) {
    const { host, args: wanted } = context;
    const entry = await host.user(wanted.user);
    if (entry === undefined) throw new TaskFailedError(`there is no account ${wanted.user}`);
    const path = wanted.path ?? `${entry.home}/.ssh/authorized_keys`;
    const owner = { owner: wanted.user, group: String(entry.gid) };
    const [file, folder] = await Promise.all([readTextFile(host, path), planFolder(context, folderOf(path), owner)]);
    const text = editKeys(file.text, wanted);
    if (file.state.type === 'absent' && text === '') return { steps: [], result: { path } };
    const rights = file.state.type === 'absent' ? { ...owner, mode: '600' } : {};
    const steps = await planFile(host, { path: file.path, rights }, textContent(text));
    return { steps: [...folder, ...steps], result: { path } };
  },
});

/** sshd refuses keys in folders that others may write. */
async function planFolder(
  { host, args: wanted }: Context,
  path: string,
  owner: { readonly owner: string; readonly group: string },
): Promise<readonly Step[]> {
  if (wanted.manage_dir === false || wanted.state === 'absent') return [];
  const now = await host.path(path, { follow: true });
  if (now.type === 'directory' && wanted.path !== undefined) return [];
  if (now.type === 'directory') return planRights({ ...owner, mode: '700' }, now);
  if (now.type !== 'absent') throw notDirectory(path);
  return [{ say: `make directory ${path}`, do: { kind: 'directory', path, mode: '700', ...owner } }];
}
