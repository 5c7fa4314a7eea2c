import { randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';

import { TaskFailedError, UnreachableError } from '../base/errors.ts';
import { sh, type ShellCommand } from '../base/sh.ts';
import { sanitise } from '../base/text.ts';
import type { Program, Transport } from '../transport/transport.ts';
import { bootCommand } from './remote-loop.ts';
import { stageCommand, type RunPlace } from './run-folder.ts';
import type { Become } from './session.ts';
import { startProgram } from './start-program.ts';

/**
 * Sends a local file into the run's stage on the host, through a channel of its own with back pressure; the host checks the
 * sum before it is kept.
 * @throws TaskFailedError (no space, sum differs), UnreachableError
 */
export async function stageFile(
  transport: Transport,
  become: Become | undefined,
  { place, file, sha256 }: { readonly place: RunPlace; readonly file: string; readonly sha256: string },
  signal: AbortSignal,
): Promise<void> {
  const program = await startBulk(transport, become, stageCommand(place, sha256));
  program.stdout.resume();
  const errors = collect(program);
  try {
    await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), program.stdin, { signal });
  } catch (error) {
    if (signal.aborted) program.close();
    else await settle(program, errors, `cannot send ${file}`);
    throw error;
  }
  await settle(program, errors, `cannot send ${file}`);
}

/**
 * Brings a file's bytes from the host.
 * @throws TaskFailedError when it cannot be read, UnreachableError
 */
export async function fetchFile(
  transport: Transport,
  become: Become | undefined,
  path: string,
  to: NodeJS.WritableStream,
  signal: AbortSignal,
): Promise<void> {
  const program = await startBulk(transport, become, sh`cat <${path}`);
  const errors = collect(program);
  program.stdin.end();
  await pipeline(program.stdout, to, { signal });
  await settle(program, errors, `cannot read ${path}`);
}

/** Starts a command whose stdin and outputs carry bytes. @throws UnreachableError */
export function startBulk(transport: Transport, become: Become | undefined, command: ShellCommand): Promise<Program> {
  const up = `UP${randomBytes(8).toString('hex')}`;
  const promptTag = become?.password === undefined ? undefined : `K3SBOX${randomBytes(8).toString('hex')}:`;
  const method = become && { exe: become.exe, user: become.user, ...(promptTag !== undefined && { promptTag }) };
  return startProgram(transport, bootCommand(command, method, up), become?.password, promptTag).then((program) => {
    program.stdout.resume();
    program.stderr.resume();
    return program;
  });
}

/** Reads what a program says on stderr, for {@link settle}. */
export function collect(program: Program): () => string {
  let text = '';
  program.stderr.on('data', (chunk: Buffer) => {
    if (text.length < 4096) text += chunk.toString();
  });
  return () => sanitise(text).trim();
}

/** Waits for the end of a program. @throws TaskFailedError when it was no success, UnreachableError */
export async function settle(program: Program, errors: () => string, what: string): Promise<void> {
  const { exitCode, signal } = await program.ended;
  if (exitCode === undefined && signal === undefined) throw new UnreachableError('connection lost');
  if (exitCode === 0) return;
  throw new TaskFailedError(`${what}: ${errors() || `exit code ${exitCode ?? signal}`}`);
}
