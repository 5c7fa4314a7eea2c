import { z } from 'zod';

import { ConfigError } from '../base/errors.ts';
import type { Span } from '../base/diagnostic.ts';
import { sh } from '../base/sh.ts';
import { defineModule } from './module.ts';
import { flag, oneOf, textual } from './shared/args.ts';
import { runOptions, planCommand } from './shared/run-command.ts';
import { splitWords } from './shared/split-words.ts';

/** Runs one program with arguments, without a shell between. */
export const command = defineModule({
  name: 'command',
  summary: 'Run a program with arguments; pipes, variables and patterns are not expanded.',
  undo: 'Not reversible, unless the task says how: `undo: systemctl stop x`.',
  freeForm: 'cmd',
  background: true,
  args: z
    .strictObject({
      cmd: z.string().min(1).optional().describe('The command line; quotes group words.'),
      argv: z.array(textual('One word.')).min(1).optional().describe('The command as a list of words.'),
      ...runOptions,
      stdin_add_newline: flag('End `stdin` with a newline (default yes).'),
      strip_empty_ends: flag('Accepted; output is always kept as it is.'),
      warn: flag('Accepted and ignored.'),
    })
    .superRefine((args, context) => oneOf(args, ['cmd', 'argv'], context)),
  examples: [
    { title: 'Ask for the kernel', args: { cmd: 'uname -r' } },
    { title: 'Only once', args: { cmd: 'make install', chdir: '/usr/src/tool', creates: '/usr/local/bin/tool' } },
    { title: 'Words with blanks', args: { argv: ['logger', '-t', 'k3sbox', 'all is well'] } },
  ],

  async plan({ args, host, at }) {
    const words = args.argv ?? lineWords(args.cmd ?? '', at);
    if (words[0]?.includes('=')) {
      throw ConfigError.at(at, `${words[0]} is no program`, 'Set variables with `environment:`, or use `shell`.');
    }
    return planCommand(host, sh`${words}`, args);
  },
});

function lineWords(line: string, at: Span): readonly string[] {
  const words = splitWords(line);
  if (words !== undefined && words.length > 0) return words;
  throw ConfigError.at(at, 'the command line is empty or has a quote that is not closed', 'Give the words as `argv`.');
}
