import { z } from 'zod';

import type { ExecOp } from '../../base/op.ts';
import type { ShellCommand } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import type { Planned } from '../module.ts';
import { hostPath, textual } from './args.ts';
import { expandPath } from './paths.ts';
import { reasonToSkip, type Unless } from './unless.ts';

/** Arguments that `command`, `shell` and `script` have in common. */
export const unlessOptions = {
  chdir: hostPath('Folder to run in.').optional(),
  creates: z.string().min(1).optional().describe('Do nothing when this path (or pattern) exists.'),
  removes: z.string().min(1).optional().describe('Do nothing when this path (or pattern) does not exist.'),
};

/** Arguments that `command` and `shell` have in common. */
export const runOptions = { ...unlessOptions, stdin: textual('Text for its standard input.').optional() };

interface RunOptions extends Unless {
  readonly stdin?: string | undefined;
  readonly stdin_add_newline?: boolean | undefined;
  /** Named in the plan instead of the command. */
  readonly shown?: string;
}

/** One exec whose exit code the engine judges, unless `creates` or `removes` say that it is not needed. */
export async function planCommand(
  host: HostReader,
  command: ShellCommand,
  options: RunOptions,
  more: Partial<ExecOp> = {},
): Promise<Planned> {
  const [reason, chdir] = await Promise.all([
    reasonToSkip(host, options),
    options.chdir === undefined ? undefined : expandPath(host, options.chdir),
  ]);
  const shown = options.shown ?? firstLine(command.redacted);
  const result = { cmd: options.shown ?? command.redacted };
  if (reason !== undefined) return { steps: [], result: { ...result, msg: reason }, message: reason };
  const { stdin, stdin_add_newline: newline = true } = options;
  return {
    result,
    steps: [
      {
        say: `run ${shown}`,
        do: {
          kind: 'exec',
          command,
          okExitCodes: 'any',
          ...(chdir !== undefined && { chdir }),
          ...(stdin !== undefined && { stdin: newline && !stdin.endsWith('\n') ? `${stdin}\n` : stdin }),
          ...more,
        },
      },
    ],
  };
}

function firstLine(text: string): string {
  const [first = '', ...rest] = text.trim().split('\n');
  return rest.length === 0 && first.length <= 100 ? first : `${first.slice(0, 100)}...`;
}
