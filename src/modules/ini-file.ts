import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import { defineModule } from './module.ts';
import { backup, firstOf, flag, hostPath, oneOf, rights, textual } from './shared/args.ts';
import { dropOption, dropSection, putOption } from './shared/edit-ini.ts';
import { planText, readTextFile } from './shared/text-file.ts';

const args = z
  .strictObject({
    path: hostPath('The file.').optional(),
    dest: hostPath('The same as `path`.').optional(),
    section: z.string().nullish().describe('The section; without one, what stands before the first section.'),
    option: z.string().min(1).optional().describe('The option; without one, `state: absent` removes the section.'),
    value: textual('Its value.').optional(),
    state: z.enum(['present', 'absent']).default('present').describe('Should it be there?'),
    no_extra_spaces: flag('Write `a=b` instead of `a = b`.'),
    allow_no_value: flag('An option may have no value.'),
    modify_inactive_option: flag('Turn a commented-out line of the option into the new one (default yes).'),
    create: flag('Make the file when it does not exist (default yes).'),
    ...rights,
    backup,
  })
  .superRefine((values, context) => {
    oneOf(values, ['path', 'dest'], context);
    if (values.state === 'present' && values.option === undefined) {
      context.addIssue({ code: 'custom', path: ['option'], message: 'needs `option`' });
    }
    if (values.state === 'present' && values.value === undefined && values.allow_no_value !== true) {
      context.addIssue({ code: 'custom', path: ['value'], message: 'needs `value`' });
    }
  });

/** One option of an INI file. */
export const iniFile = defineModule({
  name: 'ini_file',
  summary: 'Keep one option in a section of an INI file.',
  args,
  examples: [
    {
      title: 'Limit the journal',
      args: { path: '/etc/systemd/journald.conf', section: 'Journal', option: 'SystemMaxUse', value: '1G' },
    },
  ],

  async plan({ args: wanted, host }) {
    const file = await readTextFile(host, firstOf(wanted.path, wanted.dest));
    const isAbsent = file.state.type === 'absent';
    if (isAbsent && wanted.state === 'absent') return { steps: [] };
    if (isAbsent && wanted.create === false) throw new TaskFailedError(`there is no ${file.path}`);
    return { steps: await planText(host, file, { text: edit(wanted, file.text), rights: wanted }) };
  },
});

function edit(wanted: z.output<typeof args>, text: string): string {
  const { option, value, state } = wanted;
  const section = wanted.section ?? undefined;
  if (option === undefined) return dropSection(text, section ?? '');
  if (state === 'absent') return dropOption(text, { section, option });
  const line = value === undefined ? option : `${option}${wanted.no_extra_spaces === true ? '=' : ' = '}${value}`;
  return putOption(text, { section, option }, line, wanted.modify_inactive_option !== false);
}
