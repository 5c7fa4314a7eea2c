import { createInterface } from 'node:readline';
import { Writable } from 'node:stream';

import { InterruptedError, UsageError } from '../base/errors.ts';
import { Secret } from '../base/secret.ts';
import type { Io } from './io.ts';

/**
 * Asks for a password; nothing that is typed appears.
 *
 * @throws UsageError without a terminal, InterruptedError when the answer is Ctrl-C or Ctrl-D
 */
export async function askSecret(io: Io, question: string, instead: string): Promise<Secret> {
  if (!io.canAsk) {
    throw new UsageError(`cannot ask for the ${question}: this is not a terminal`, { hint: instead });
  }
  // readline echoes to its output; an output that swallows everything makes it silent.
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const answer = await readLine(silent, () => io.stderr.write(`${question}: `));
  io.stderr.write('\n');
  if (answer === undefined) throw new InterruptedError('no password was given');
  return new Secret(answer);
}

/** A question with a yes or a no; false without a terminal, and for everything that is not a yes. */
export async function confirm(io: Io, question: string): Promise<boolean> {
  if (!io.canAsk) return false;
  const answer = await readLine(process.stderr, () => io.stderr.write(`${question} [y/N] `));
  // Ctrl-C at a question means the run, not the answer.
  if (answer === undefined) process.kill(io.pid, 'SIGINT');
  return /^y(es)?$/i.test(answer?.trim() ?? '');
}

/** The terminal must be silent before anybody is asked: hence `ask` comes second. */
function readLine(output: NodeJS.WritableStream, ask: () => void): Promise<string | undefined> {
  const lines = createInterface({ input: process.stdin, output, terminal: true, historySize: 0 });
  ask();
  return new Promise((resolve) => {
    lines.once('line', (line) => {
      resolve(line);
      lines.close();
    });
    lines.once('SIGINT', () => lines.close());
    lines.once('close', () => resolve(undefined));
  });
}
