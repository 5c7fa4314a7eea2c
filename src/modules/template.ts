import { z } from 'zod';

import { parseTemplate } from '../template/parse-template.ts';
import { renderText } from '../template/render.ts';
import { defineModule } from './module.ts';
import { backup, flag, hostPath, mode, rights, validate } from './shared/args.ts';
import { textContent } from './shared/file-content.ts';
import { planInto } from './shared/file-into.ts';
import { baseName, expandPath } from './shared/paths.ts';

/** Writes a file whose text is made from variables. */
export const template = defineModule({
  name: 'template',
  summary: 'Render a template with the variables of the host, and put the text on the host.',
  args: z.strictObject({
    src: z.string().min(1).describe('The template: in templates/ of the role, or beside the playbook.'),
    dest: hostPath('Where to put it. A folder when it ends with a slash or is one already.'),
    ...rights,
    mode: mode(
      'Octal in quotes ("0644"), symbolic ("u=rw,go=r"), or `preserve` the mode of `src`.',
      'preserve',
    ).optional(),
    force: flag('Replace a file that is there with other content (default yes).'),
    validate,
    backup,
    follow: flag('Accepted and ignored.'),
  }),
  examples: [
    { title: 'A configuration', args: { src: 'app.conf.hbs', dest: '/etc/app.conf', mode: '0640', group: 'adm' } },
    { title: 'Checked first', args: { src: 'sudoers.hbs', dest: '/etc/sudoers.d/ops', validate: 'visudo -cf %s' } },
  ],

  async check({ args: { src }, files, at }) {
    const { file, text } = await files.readText('templates', src, at);
    parseTemplate(text, { file });
  },

  async plan({ args, host, files, vars, at }) {
    const [{ file, text }, dest] = await Promise.all([
      files.readText('templates', args.src, at),
      expandPath(host, args.dest),
    ]);
    const preserved = args.mode === 'preserve' ? (await files.stat('templates', args.src, at)).mode : args.mode;
    const wanted = textContent(renderText(text, vars, { file }));
    const options = {
      rights: { owner: args.owner, group: args.group, mode: preserved },
      validate: args.validate,
      keep: args.force === false,
    };
    const planned = await planInto(host, options, { dest, name: baseName(args.src) }, wanted);
    return { ...planned, result: { ...planned.result, src: file } };
  },
});
