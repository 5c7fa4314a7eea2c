import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import { defineModule } from './module.ts';
import { atMostOneOf, backup, firstOf, flag, hostPath, oneOf, rights, textual, validate } from './shared/args.ts';
import { dropLines, putLine } from './shared/edit-line.ts';
import { planText, readTextFile } from './shared/text-file.ts';

const args = z
  .strictObject({
    path: hostPath('The file.').optional(),
    dest: hostPath('The same as `path`.').optional(),
    name: hostPath('The same as `path`.').optional(),
    line: textual('The line; with `backrefs` it may refer to groups of `regexp`.').optional(),
    regexp: z.string().optional().describe('Python expression; the last line that fits is replaced, or all removed.'),
    search_string: z.string().optional().describe('As `regexp`, but plain text that a line contains.'),
    state: z.enum(['present', 'absent']).default('present').describe('Should the line be there?'),
    insertafter: z.string().optional().describe('Where a new line goes: behind the last line that fits, or `EOF`.'),
    insertbefore: z.string().optional().describe('Where a new line goes: before the last line that fits, or `BOF`.'),
    firstmatch: flag('Take the first line that fits instead of the last.'),
    backrefs: flag('Fill groups of `regexp` into `line`; nothing happens when no line fits.'),
    create: flag('Make the file when it does not exist.'),
    ...rights,
    validate,
    backup,
  })
  .superRefine((values, context) => {
    oneOf(values, ['path', 'dest', 'name'], context);
    atMostOneOf(values, ['insertafter', 'insertbefore'], context);
    atMostOneOf(values, ['regexp', 'search_string'], context);
    const needs = (name: string, why: string): void =>
      context.addIssue({ code: 'custom', path: [name], message: `needs \`${name}\` ${why}` });
    if (values.state === 'present' && values.line === undefined) needs('line', 'to be put into the file');
    if (values.backrefs === true && values.regexp === undefined) needs('regexp', 'for `backrefs`');
    if (values.state === 'absent' && (values.line ?? values.regexp ?? values.search_string) === undefined) {
      needs('regexp', 'or `line` to know what to remove');
    }
  });

/** Keeps one line of a file. */
export const lineinfile = defineModule({
  name: 'lineinfile',
  summary: 'Make sure that a file has one line, or has none that fits an expression.',
  args,
  examples: [
    {
      title: 'One setting',
      args: { path: '/etc/ssh/sshd_config', regexp: '^#?PermitRootLogin', line: 'PermitRootLogin no' },
    },
    { title: 'None', args: { path: '/etc/fstab', regexp: String.raw`\sswap\s`, state: 'absent' } },
    {
      title: 'Change part of it',
      args: { path: '/etc/default/grub', regexp: '^(GRUB_TIMEOUT)=', line: String.raw`\1=2`, backrefs: true },
    },
  ],

  async plan({ args: wanted, host }) {
    const file = await readTextFile(host, firstOf(wanted.path, wanted.dest, wanted.name));
    const isAbsent = file.state.type === 'absent';
    const { regexp, search_string: searchString } = wanted;
    const line = wanted.line?.replace(/\n$/, '');
    if (wanted.state === 'absent') {
      if (isAbsent) return { steps: [], message: `there is no ${file.path}` };
      return {
        steps: await planText(host, file, {
          text: dropLines(file.text, { line, regexp, searchString }),
          rights: wanted,
          validate: wanted.validate,
        }),
      };
    }
    if (isAbsent && wanted.create !== true) {
      throw new TaskFailedError(`there is no ${file.path}`, { hint: 'Say `create: true` to make it.' });
    }
    const text = putLine(file.text, {
      line: line ?? '',
      regexp,
      searchString,
      insertAfter: wanted.insertafter,
      insertBefore: wanted.insertbefore,
      backrefs: wanted.backrefs,
      firstMatch: wanted.firstmatch,
    });
    return { steps: await planText(host, file, { text, rights: wanted, validate: wanted.validate }) };
  },
});
