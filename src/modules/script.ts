import { z } from 'zod';

import { ConfigError } from '../base/errors.ts';
import type { Span } from '../base/diagnostic.ts';
import { sh } from '../base/sh.ts';
import { defineModule } from './module.ts';
import { planCommand, unlessOptions } from './shared/run-command.ts';
import { splitWords } from './shared/split-words.ts';

/** Runs a script of the controller. */
export const script = defineModule({
  name: 'script',
  summary: 'Run a script of the controller on the host.',
  undo: 'Not reversible, unless the task says how: `undo: systemctl stop x`.',
  freeForm: 'cmd',
  background: true,
  args: z.strictObject({
    cmd: z.string().min(1).describe('The script, in files/ of the role or beside the playbook, and its arguments.'),
    executable: z.string().startsWith('/').optional().describe('The interpreter (default: what its first line says).'),
    ...unlessOptions,
  }),
  examples: [
    { title: 'With an argument', args: { cmd: 'prepare.sh --fast' } },
    { title: 'Only once', args: { cmd: 'setup.py', executable: '/usr/bin/python3', creates: '/opt/tool' } },
  ],

  async check({ args: { cmd }, files, at }) {
    await files.readText('files', scriptWords(cmd, at)[0], at);
  },

  async plan({ args, host, files, at }) {
    const [name, ...words] = scriptWords(args.cmd, at);
    const { text } = await files.readText('files', name, at);
    const interpreter = args.executable === undefined ? interpreterOf(text) : [args.executable];
    // A file, since what a script runs may read standard input; run by its interpreter, since /tmp may forbid execution.
    const command = sh`d=$(mktemp -d) || exit 1
trap 'rm -rf "$d"' EXIT
trap 'exit 143' HUP INT TERM
cat >"$d"/script || exit 1
${interpreter} "$d"/script </dev/null ${words}`;
    const input = { stdin: text, stdin_add_newline: false };
    return planCommand(host, command, { ...args, ...input, shown: `the script ${args.cmd}` });
  },
});

function scriptWords(line: string, at: Span): readonly [string, ...string[]] {
  const [name, ...words] = splitWords(line) ?? [];
  if (name !== undefined) return [name, ...words];
  throw ConfigError.at(at, 'the command line has a quote that is not closed');
}

/** "#!/usr/bin/env python3" -> ["/usr/bin/env", "python3"]. As the kernel does, everything behind the program is one word. */
function interpreterOf(text: string): readonly string[] {
  const [, program, word] = /^#![ \t]*(\S+)[ \t]*([^\n]*?)[ \t\r]*(?:\n|$)/.exec(text) ?? [];
  if (program === undefined) return ['/bin/sh'];
  return word === undefined || word === '' ? [program] : [program, word];
}
