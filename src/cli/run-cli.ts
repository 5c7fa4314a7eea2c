import { CommanderError } from 'commander';

import { newCli } from './cli.ts';
import type { Io } from './io.ts';
import { buildProgram } from './program.ts';

/** Wrong usage; commander's own is 1. */
const usage = 2;

/** Runs one command line and returns its exit code; the one place where errors are printed. */
export async function runCli(io: Io, words: readonly string[]): Promise<number> {
  const cli = newCli(io);
  try {
    await buildProgram(cli).parseAsync(words, { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    // Commander has printed it.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : usage;
    const [{ exitCodeOf, renderError }, { makeStyle }] = await Promise.all([
      import('./print-error.ts'),
      import('../report/style.ts'),
    ]);
    const { verbosity, runFolder } = cli;
    io.stderr.write(`${renderError(error, { style: makeStyle(io.stderr.colour), verbosity, runFolder })}\n`);
    return exitCodeOf(error);
  }
}
