import { z } from 'zod';

import type { Step } from '../base/op.ts';
import { sh, undisturbed } from '../base/sh.ts';
import { defineModule } from './module.ts';
import { flag, wholeNumber } from './shared/args.ts';
import { accountName } from './shared/accounts.ts';

/** Groups of accounts. */
export const group = defineModule({
  name: 'group',
  summary: 'Make, change or remove a group of accounts.',
  args: z.strictObject({
    name: accountName.describe('The name of the group.'),
    state: z.enum(['present', 'absent']).default('present').describe('Should it exist?'),
    gid: wholeNumber('Its number.').optional(),
    system: flag('Make a system group.'),
    non_unique: flag('Let `gid` be that of another group.'),
    local: flag('Accepted and ignored.'),
  }),
  examples: [
    { title: 'For operators', args: { name: 'ops', gid: 3000 } },
    { title: 'Gone', args: { name: 'old', state: 'absent' } },
  ],

  async plan({ args: { name, state, gid, system, non_unique: shared }, host }) {
    const now = await host.group(name);
    const result = { name, state, ...(now !== undefined && { gid: now.gid }) };
    const unique = shared === true ? ['-o'] : [];
    if (state === 'absent') {
      const remove: Step = {
        say: `remove the group ${name}`,
        do: { kind: 'exec', command: undisturbed(sh`groupdel -- ${name}`), saves: ['/etc/group', '/etc/gshadow'] },
      };
      return { steps: now === undefined ? [] : [remove], result };
    }
    if (now === undefined) {
      const options = [...(system === true ? ['-r'] : []), ...(gid === undefined ? [] : ['-g', gid]), ...unique];
      const make: Step = {
        say: `make the group ${name}`,
        do: { kind: 'exec', command: undisturbed(sh`${['groupadd', ...options, '--', name]}`) },
        undo: { kind: 'exec', command: undisturbed(sh`! getent group ${name} >/dev/null || groupdel -- ${name}`) },
      };
      return { steps: [make], result };
    }
    if (gid === undefined || gid === now.gid) return { steps: [], result };
    const renumber: Step = {
      say: `change the number of the group ${name}`,
      do: { kind: 'exec', command: undisturbed(sh`${['groupmod', '-g', gid, ...unique, '--', name]}`) },
      undo: { kind: 'exec', command: undisturbed(sh`${['groupmod', '-g', now.gid, ...unique, '--', name]}`) },
      diff: { of: `group ${name}`, before: `gid: ${now.gid}\n`, after: `gid: ${gid}\n` },
    };
    return { steps: [renumber], result };
  },
});
