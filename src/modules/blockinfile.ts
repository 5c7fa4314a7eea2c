import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import { defineModule } from './module.ts';
import { atMostOneOf, backup, firstOf, flag, hostPath, oneOf, rights, validate } from './shared/args.ts';
import { putBlock } from './shared/edit-block.ts';
import { planText, readTextFile } from './shared/text-file.ts';

const args = z
  .strictObject({
    path: hostPath('The file.').optional(),
    dest: hostPath('The same as `path`.').optional(),
    destfile: hostPath('The same as `path`.').optional(),
    name: hostPath('The same as `path`.').optional(),
    block: z.string().optional().describe('The lines between the markers; nothing removes them.'),
    content: z.string().optional().describe('The same as `block`.'),
    marker: z.string().default('# {mark} ANSIBLE MANAGED BLOCK').describe('The line around the block; needs {mark}.'),
    marker_begin: z.string().default('BEGIN').describe('What {mark} is in the first line.'),
    marker_end: z.string().default('END').describe('What {mark} is in the last line.'),
    state: z.enum(['present', 'absent']).default('present').describe('Should the block be there?'),
    insertafter: z.string().optional().describe('Where a new block goes: behind the last line that fits, or `EOF`.'),
    insertbefore: z.string().optional().describe('Where a new block goes: before the last line that fits, or `BOF`.'),
    create: flag('Make the file when it does not exist.'),
    ...rights,
    validate,
    backup,
  })
  .superRefine((values, context) => {
    oneOf(values, ['path', 'dest', 'destfile', 'name'], context);
    atMostOneOf(values, ['insertafter', 'insertbefore'], context);
    atMostOneOf(values, ['block', 'content'], context);
    if (!values.marker.includes('{mark}')) {
      context.addIssue({ code: 'custom', path: ['marker'], message: 'must contain {mark}: the two ends must differ' });
    }
  });

/** Keeps some lines of a file between two markers. */
export const blockinfile = defineModule({
  name: 'blockinfile',
  summary: 'Keep a block of lines, between two marker lines, in a file that others also write.',
  args,
  examples: [
    {
      title: 'Allow sysbox-fs to mount',
      args: {
        path: '/etc/apparmor.d/local/fusermount3',
        create: true,
        marker: '# {mark} k3sbox',
        block: 'umount /var/lib/sysboxfs/**/,\n',
      },
    },
    { title: 'Gone', args: { path: '/etc/hosts', marker: '# {mark} cluster', state: 'absent' } },
  ],

  async plan({ args: wanted, host }) {
    const file = await readTextFile(host, firstOf(wanted.path, wanted.dest, wanted.destfile, wanted.name));
    const isWanted = wanted.state === 'present';
    if (file.state.type === 'absent' && !isWanted) return { steps: [], message: `there is no ${file.path}` };
    if (file.state.type === 'absent' && wanted.create !== true) {
      throw new TaskFailedError(`there is no ${file.path}`, { hint: 'Say `create: true` to make it.' });
    }
    const text = putBlock(file.text, {
      block: isWanted ? (wanted.block ?? wanted.content ?? '') : '',
      begin: wanted.marker.replaceAll('{mark}', wanted.marker_begin),
      end: wanted.marker.replaceAll('{mark}', wanted.marker_end),
      insertAfter: wanted.insertafter,
      insertBefore: wanted.insertbefore,
    });
    return { steps: await planText(host, file, { text, rights: wanted, validate: wanted.validate }) };
  },
});
