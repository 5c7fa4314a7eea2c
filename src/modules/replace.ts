import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import { defineModule } from './module.ts';
import { backup, firstOf, hostPath, oneOf, rights, textual, validate } from './shared/args.ts';
import { replaceMatches } from './shared/edit-matches.ts';
import { planText, readTextFile } from './shared/text-file.ts';

const args = z
  .strictObject({
    path: hostPath('The file.').optional(),
    dest: hostPath('The same as `path`.').optional(),
    destfile: hostPath('The same as `path`.').optional(),
    name: hostPath('The same as `path`.').optional(),
    regexp: z.string().min(1).describe('Python expression; ^ and $ mean lines. Everything that fits is replaced.'),
    replace: textual('What to put there; may refer to groups. Nothing removes what fits.').optional(),
    after: z.string().optional().describe('Only behind what fits this expression.'),
    before: z.string().optional().describe('Only before what fits this expression.'),
    encoding: z.literal('utf-8').optional().describe('Only utf-8.'),
    ...rights,
    validate,
    backup,
  })
  .superRefine((values, context) => oneOf(values, ['path', 'dest', 'destfile', 'name'], context));

/** Replaces parts of a file. */
export const replace = defineModule({
  name: 'replace',
  summary: 'Replace everything in a file that fits an expression.',
  args,
  examples: [
    {
      title: 'Turn swap off',
      args: { path: '/etc/fstab', regexp: String.raw`^([^#].*\sswap\s.*)$`, replace: String.raw`# \1` },
    },
  ],

  async plan({ args: wanted, host }) {
    const file = await readTextFile(host, firstOf(wanted.path, wanted.dest, wanted.destfile, wanted.name));
    if (file.state.type === 'absent') throw new TaskFailedError(`there is no ${file.path}`);
    const { regexp, replace: replacement = '', after, before, validate: check } = wanted;
    const text = replaceMatches(file.text, { regexp, replacement, after, before });
    if (text === undefined) return { steps: [], message: `nothing in ${file.path} fits \`after\` and \`before\`` };
    return { steps: await planText(host, file, { text, rights: wanted, validate: check }) };
  },
});
