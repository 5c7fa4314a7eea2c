import { z } from 'zod';

import { sh } from '../base/sh.ts';
import { defineModule } from './module.ts';
import { flag } from './shared/args.ts';
import { planCommand, runOptions } from './shared/run-command.ts';

/** Runs shell text as it is written. */
export const shell = defineModule({
  name: 'shell',
  aliases: ['raw'],
  summary: 'Run shell text, with pipes, variables and patterns.',
  undo: 'Not reversible, unless the task says how: `undo: systemctl stop x`.',
  freeForm: 'cmd',
  background: true,
  args: z.strictObject({
    cmd: z.string().min(1).describe('The shell text; may have several lines.'),
    executable: z.string().startsWith('/').optional().describe('The shell (default /bin/sh).'),
    ...runOptions,
    stdin_add_newline: flag('End `stdin` with a newline (default yes).'),
    warn: flag('Accepted and ignored.'),
  }),
  examples: [
    { title: 'Count processes', args: { cmd: 'ps ax | wc -l' } },
    { title: 'What only bash can', args: { cmd: 'shopt -s globstar; ls /etc/**/*.toml', executable: '/bin/bash' } },
  ],

  async plan({ args, host }) {
    const { executable: program } = args;
    return planCommand(host, sh.raw(args.cmd), args, program === undefined ? {} : { shell: program });
  },
});
