import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

import { Deferred } from '../base/deferred.ts';
import type { Program, ProgramEnd } from './transport.ts';

export interface ChildOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Translates the end of the process into that of the program; the same by default. */
  readonly interpret?: (end: ProgramEnd) => Promise<ProgramEnd>;
}

/** A program that is a process of this machine, or is reached through one. */
export class ChildProgram implements Program {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly ended: Promise<ProgramEnd>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #ended = new Deferred<ProgramEnd>();

  private constructor(child: ChildProcessWithoutNullStreams, interpret: (end: ProgramEnd) => Promise<ProgramEnd>) {
    this.#child = child;
    this.stdin = child.stdin;
    this.stdout = child.stdout;
    this.stderr = child.stderr;
    this.ended = this.#ended.promise;
    child.stdin.on('error', () => {}); // a late write; the end of the program says it
    child.on('close', (code, signal) => {
      interpret({ ...(code !== null && { exitCode: code }), ...(signal !== null && { signal }) }).then(
        (meaning) => this.#ended.resolve(meaning),
        () => this.#ended.resolve({}),
      );
    });
  }

  /** Rejects with the system's error when the process cannot be started. */
  static start(file: string, args: readonly string[], options: ChildOptions): Promise<ChildProgram> {
    const { env, interpret = async (end) => end } = options;
    return new Promise((resolve, reject) => {
      const child = spawn(file, args, { stdio: 'pipe', env: { ...env } });
      const program = new ChildProgram(child, interpret);
      child.once('spawn', () => resolve(program));
      child.on('error', reject);
    });
  }

  /** Closes its ends of the streams. A process that minds notices; one that does not goes on, as on a remote host. */
  close(): void {
    this.#ended.resolve({});
    this.stdin.destroy();
    this.stdout.destroy();
    this.stderr.destroy();
    this.#child.unref();
  }

  /** {@link close}, and ends the process. */
  kill(): void {
    this.close();
    this.#child.kill();
  }
}
