import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';

/** How a program ended. `code` is 128 + the signal's number for one that a signal ended, as in a shell. */
export interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Ends the program with SIGTERM; the answer tells how it ended. */
  readonly signal?: AbortSignal;
}

/** Runs a program to its end and collects what it prints. Any exit code is an answer; rejects only if it does not start. */
export async function run([program = '', ...args]: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const child = spawn(program, args, {
    stdio: 'pipe',
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
  });
  const end = exitCode(child);
  const stop = (): unknown => child.kill();
  options.signal?.addEventListener('abort', stop);
  // a program that does not read its input ends the pipe early: that is its right
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  try {
    const [code, stdout, stderr] = await Promise.all([end, text(child.stdout), text(child.stderr)]);
    return { code, stdout, stderr };
  } finally {
    options.signal?.removeEventListener('abort', stop);
  }
}

/** Runs a program in the foreground: it has our terminal. Answers its exit code. */
export function runInForeground(
  [program = '', ...args]: readonly string[],
  env: RunOptions['env'] = {},
): Promise<number> {
  return exitCode(spawn(program, args, { stdio: 'inherit', env: { ...process.env, ...env } }));
}

function exitCode(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal === null ? (code ?? 0) : 128 + constants.signals[signal]));
  });
}
