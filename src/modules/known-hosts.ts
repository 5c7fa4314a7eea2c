import { z } from 'zod';

import { defineModule } from './module.ts';
import { flag, hostPath } from './shared/args.ts';
import { splitLines } from './shared/edit-line.ts';
import { planText, readTextFile } from './shared/text-file.ts';

const keyPattern = /^(?:@\S+\s+)?(\S+)\s+((?:sk-)?(?:ssh|ecdsa)-[\w@.-]+)\s+([A-Za-z0-9+/=]+)/;

const args = z
  .strictObject({
    name: z
      .string()
      .regex(/^[^\s,]+$/, 'must be one name')
      .describe('The host the key belongs to; `[name]:port` for another port.'),
    host: z.string().optional().describe('Accepted; write `name`.'),
    key: z
      .string()
      .regex(keyPattern, 'must be a line of known_hosts: the name, the type, the key')
      .optional()
      .describe('The line.'),
    state: z.enum(['present', 'absent']).default('present').describe('Should it be known?'),
    path: hostPath('The file (default ~/.ssh/known_hosts).').default('~/.ssh/known_hosts'),
    hash_host: flag('Only `no`: names are written in the clear.').refine((value) => value !== true, 'must be no'),
  })
  .superRefine(({ state, key }, context) => {
    if (state === 'absent' || key !== undefined) return;
    context.addIssue({ code: 'custom', path: ['key'], message: 'needs `key`' });
  });

/** Keys of other machines. */
export const knownHosts = defineModule({
  name: 'known_hosts',
  summary: 'Keep the host key of another machine in a known_hosts file.',
  args,
  examples: [
    {
      title: 'A Git server, for everybody',
      args: {
        name: 'git.example.com',
        key: 'git.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1JcLdvyGv0k7cQ7Gf2o3Zk7aN7h0X2a9gq3N6k0aBc',
        path: '/etc/ssh/ssh_known_hosts',
      },
    },
  ],

  async plan({ args: { name, key, state, path }, host }) {
    const file = await readTextFile(host, path);
    if (file.state.type === 'absent' && state === 'absent') return { steps: [] };
    const [, , type] = keyPattern.exec(key ?? '') ?? [];
    const wanted = key === undefined || state === 'absent' ? [] : [`${key.trim()}\n`];
    const lines = splitLines(file.text);
    const isOld = (line: string): boolean => {
      const [, names = '', lineType] = keyPattern.exec(line) ?? [];
      return names.split(',').includes(name) && (type === undefined || lineType === type) && !wanted.includes(line);
    };
    const kept = lines.filter((line) => !isOld(line));
    const added = wanted.filter((line) => !kept.includes(line));
    const before = kept.join('');
    const isOpen = added.length > 0 && before !== '' && !before.endsWith('\n');
    const text = [before, isOpen ? '\n' : '', ...added].join('');
    return { steps: await planText(host, file, { text, rights: {} }) };
  },
});
