import { randomBytes } from 'node:crypto';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';

import { TaskFailedError, UnreachableError } from '../base/errors.ts';
import { sh, type ShellCommand } from '../base/sh.ts';
import { sanitise } from '../base/text.ts';
import type { Program, ProgramEnd, Transport } from '../transport/transport.ts';
import { chunkBytes, isCompressible, noGzip, Packer, unpack } from './compression.ts';
import { bootCommand } from './remote-loop.ts';
import { notWhole, type Receiving, stageCommand, type RunPlace } from './run-folder.ts';
import type { Become } from './session.ts';
import { startProgram } from './start-program.ts';

/**
 * Sends a local file into the run's stage on the host, through a channel of its own with back pressure, compressed when that pays;
 * the host checks the sum before it is kept.
 * @throws TaskFailedError (no space, sum differs), UnreachableError
 */
export async function stageFile(
  transport: Transport,
  become: Become | undefined,
  { place, file, sha256 }: { readonly place: RunPlace; readonly file: string; readonly sha256: string },
  signal: AbortSignal,
): Promise<void> {
  const send = async (source: AsyncIterable<Buffer>, how: Receiving, fine: readonly number[]): Promise<ProgramEnd> => {
    const program = await startBulk(transport, become, stageCommand(place, sha256, how));
    return sendTo(program, source, { what: `cannot send ${file}`, signal, fine });
  };
  const packer = new Packer();
  if (await isCompressible(file)) {
    const { exitCode } = await send(packer.pack(piecesOf(file, 0)), { receive: unpack }, [0, noGzip, notWhole]);
    if (exitCode === 0) return;
    if (exitCode === noGzip) packer.plainBytes = 0;
  }
  await send(piecesOf(file, packer.plainBytes), { append: packer.plainBytes > 0 }, [0]);
}

/**
 * A file's bytes from `start` on, in one buffer: a piece is overwritten by the next one, which is asked for when it has been sent. With a
 * buffer for each, collecting garbage takes a third of the time.
 */
async function* piecesOf(file: string, start: number): AsyncGenerator<Buffer> {
  const buffer = Buffer.alloc(chunkBytes);
  await using handle = await open(file);
  for (let at = start; ;) {
    const { bytesRead } = await handle.read(buffer, 0, chunkBytes, at);
    if (bytesRead === 0) return;
    // A short one fits into a stream's own buffer, where it may still wait when the next one is asked for.
    yield bytesRead === chunkBytes ? buffer : Buffer.from(buffer.subarray(0, bytesRead));
    at += bytesRead;
  }
}

async function sendTo(
  program: Program,
  source: AsyncIterable<Buffer>,
  { what, signal, fine }: { readonly what: string; readonly signal: AbortSignal; readonly fine: readonly number[] },
): Promise<ProgramEnd> {
  const errors = collect(program);
  try {
    await pipeline(source, program.stdin, { signal });
  } catch (error) {
    if (signal.aborted) program.close();
    else if ((await settle(program, errors, what, fine)).exitCode === noGzip) return program.ended;
    throw error;
  }
  return settle(program, errors, what, fine);
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
export async function settle(
  program: Program,
  errors: () => string,
  what: string,
  fine: readonly number[] = [0],
): Promise<ProgramEnd> {
  const end = await program.ended;
  const { exitCode, signal } = end;
  if (exitCode === undefined && signal === undefined) throw new UnreachableError('connection lost');
  if (exitCode !== undefined && fine.includes(exitCode)) return end;
  throw new TaskFailedError(`${what}: ${errors() || `exit code ${exitCode ?? signal}`}`);
}
