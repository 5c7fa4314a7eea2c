import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

import { Deferred } from '../base/deferred.ts';
import type { K3sboxError } from '../base/errors.ts';
import { InterruptedError, UnreachableError } from '../base/errors.ts';
import type { Secret } from '../base/secret.ts';
import { sanitise } from '../base/text.ts';
import type { Program, Transport } from '../transport/transport.ts';
import { FrameParser } from './frame-parser.ts';
import { bootSession, scriptHead, type BecomeMethod } from './remote-loop.ts';
import { startProgram } from './start-program.ts';

/** A user to become, with what sudo may ask for. */
export interface Become {
  readonly exe: string;
  readonly user: string;
  readonly password?: Secret;
}

export type Stream = 'stdout' | 'stderr';

export interface RunOptions {
  /** Bytes on the script's stdin; keep it below a few MiB, it passes through the host's memory. */
  readonly stdin?: Buffer;
  readonly onData?: (stream: Stream, data: Buffer) => void;
  /** Frames that the script prints itself, behind {@link Session.nonce}. Both streams carry their own. */
  readonly onFrame?: (stream: Stream, frame: string) => void;
  /** Ends the script with TERM, after a grace time with KILL; `run` then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

export interface Ended {
  readonly exitCode: number;
}

/** Comes last, so that the host knows that all of it has come. */
const scriptEnd = Buffer.from('.\n');

/** Well before a lock without a touch is stale (30 s). */
const firstTouchMs = 5000;

const graceMs = 5000;
const lastGraceMs = 20_000;

interface Job {
  readonly id: number;
  readonly options: RunOptions;
  readonly done: Deferred<Ended>;
  ended: number;
  exitCode: number;
}

/**
 * A shell on a host, as one user, held open for the whole run. Scripts run one after another, each in a process group of
 * its own with `$1` set to a private folder in memory.
 */
export class Session {
  /** Scripts print frames as `<nonce><payload>;`. Random for each session, so that output cannot imitate it by accident. */
  readonly nonce = randomBytes(16).toString('hex');
  /** How often we waited for an answer: what a slow link is paid in. */
  roundTrips = 0;
  readonly #ready = new Deferred<{ uid: number; user: string }>();
  readonly #gone = new AbortController();
  readonly #saidGoodbye = new Deferred();
  #program: Program | undefined;
  #current: Job | undefined;
  #queue: Promise<unknown> = Promise.resolve();
  #lastId = 0;
  #noise = '';

  private constructor() {
    this.#ready.promise.catch(() => {});
  }

  /**
   * Opens a session. Requests may be sent at once; they travel with the boot unless sudo may ask for a password.
   * @throws UnreachableError when the shell or sudo does not come up; its words are in the message.
   */
  static async open(transport: Transport, become?: Become): Promise<Session> {
    const session = new Session();
    const up = `UP${randomBytes(8).toString('hex')}`;
    const promptTag = become?.password === undefined ? undefined : `K3SBOX${randomBytes(8).toString('hex')}:`;
    const method: BecomeMethod | undefined = become && {
      exe: become.exe,
      user: become.user,
      ...(promptTag !== undefined && { promptTag }),
    };
    const boot = bootSession(session.nonce, method, up);
    const program = await startProgram(transport, boot, become?.password, promptTag);
    session.#attach(program, transport);
    return session;
  }

  /** Who the session runs as, once the host has answered. */
  get identity(): Promise<{ readonly uid: number; readonly user: string }> {
    return this.#ready.promise;
  }

  /** Fires when the session is over, for whatever reason. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /**
   * Runs a POSIX sh script and resolves with its exit code (128 + n for a signal).
   * @throws UnreachableError when the connection is lost: nobody knows what became of the script.
   */
  run(script: string, options: RunOptions = {}): Promise<Ended> {
    const result = this.#queue.then(() => this.#run(script, options));
    this.#queue = result.catch(() => {});
    return result;
  }

  /** What a script prints on stdout. @throws UnreachableError */
  async printedBy(script: string): Promise<string> {
    let text = '';
    await this.run(script, { onData: (stream, data) => (text += stream === 'stdout' ? data.toString() : '') });
    return text;
  }

  /** Has the host touch a file every 10 seconds for as long as this session lives. A short run needs no process for it. */
  keepTouching(path: string): void {
    const timer = setTimeout(() => this.#program?.stdin.write(`T 0 0 0 ${path}\n`), firstTouchMs);
    timer.unref();
    this.#gone.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  /**
   * Ends the shell; a script that still runs is ended by the host. What scripts started to stay may hold its output. A `last` script,
   * which must be short and starts nothing that stays, runs before, in the same write.
   * @returns its exit code; undefined when nobody knows how it ended
   */
  async close(last?: string): Promise<number | undefined> {
    if (last !== undefined) await this.#queue;
    if (this.#program === undefined || this.#gone.signal.aborted) return undefined;
    const job = last === undefined ? undefined : this.#begin({});
    this.#program.stdin.end(
      job === undefined || last === undefined ? 'Q\n' : `F ${job.id} ${last.split('\n').length}\n${last}\n`,
    );
    await Promise.race([this.#program.ended, this.#saidGoodbye.promise]);
    this.#program.close();
    return job !== undefined && job.ended > 0 ? job.exitCode : undefined;
  }

  /** Lets go at once: the host ends what is running by itself. */
  abandon(): void {
    this.#program?.close();
  }

  #attach(program: Program, transport: Transport): void {
    this.#program = program;
    const out = new FrameParser(
      this.nonce,
      (data) => this.#data('stdout', data),
      (frame) => this.#frame('stdout', frame),
    );
    const err = new FrameParser(
      this.nonce,
      (data) => this.#data('stderr', data),
      (frame) => this.#frame('stderr', frame),
    );
    program.stdout.on('data', (chunk: Buffer) => out.push(chunk));
    program.stderr.on('data', (chunk: Buffer) => err.push(chunk));
    program.stdout.resume();
    program.stderr.resume();
    program.stdin.on('error', () => {}); // told by `ended`
    void this.#failWhenEnded(program, transport);
  }

  async #failWhenEnded(program: Program, transport: Transport): Promise<void> {
    const { exitCode, signal } = await program.ended;
    const isLost = exitCode === undefined && signal === undefined;
    const how = isLost ? await lossOf(transport) : `the remote shell ended (${signal ?? `exit code ${exitCode}`})`;
    const said = sanitise(this.#noise).trim().slice(-400);
    this.#fail(new UnreachableError(said === '' ? how : `${how}: ${said}`));
  }

  async #run(script: string, options: RunOptions): Promise<Ended> {
    if (this.#gone.signal.aborted) throw this.#gone.signal.reason;
    options.signal?.throwIfAborted();
    const job = this.#begin(options);
    this.roundTrips++;
    this.#write(job.id, script, options.stdin);
    const stop = options.signal && this.#stopOn(options.signal, job);
    try {
      const ended = await job.done.promise;
      if (options.signal?.aborted) throw reasonOf(options.signal);
      return ended;
    } finally {
      stop?.();
      this.#current = undefined;
    }
  }

  #begin(options: RunOptions): Job {
    const job: Job = { id: ++this.#lastId, options, done: new Deferred(), ended: 0, exitCode: 0 };
    // Whoever waits for it hears of its failure; the last one's is nobody's concern.
    job.done.promise.catch(() => {});
    this.#current = job;
    return job;
  }

  #write(id: number, script: string, stdin: Buffer = Buffer.alloc(0)): void {
    const text = Buffer.from(scriptHead + script);
    const head = Buffer.from(`R ${id} ${text.length} ${stdin.length}\n`);
    this.#program?.stdin.write(Buffer.concat([head, text, stdin, scriptEnd]));
  }

  /** TERM, then KILL, then let go of the shell, whose end makes the host clean up. */
  #stopOn(signal: AbortSignal, job: Job): () => void {
    let timer: NodeJS.Timeout | undefined;
    const onAbort = (): void => {
      this.#program?.stdin.write(`K ${job.id} TERM\n`);
      timer = setTimeout(() => {
        this.#program?.stdin.write(`K ${job.id} KILL\n`);
        timer = setTimeout(() => this.#program?.close(), lastGraceMs);
      }, graceMs);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    return () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    };
  }

  #data(stream: Stream, data: Buffer): void {
    if (this.#current) this.#current.options.onData?.(stream, data);
    else if (this.#noise.length < 4096) this.#noise += data.toString();
  }

  #frame(stream: Stream, frame: string): void {
    const [kind, id = '', value = '', name = ''] = frame.split(' ');
    if (kind === 'H') {
      this.#noise = '';
      this.#ready.resolve({ uid: Number(value), user: name });
      return;
    }
    if (kind === 'Q') this.#saidGoodbye.resolve();
    const job = this.#current;
    if (job === undefined) return;
    if (kind !== 'E') {
      job.options.onFrame?.(stream, frame);
    } else if (Number(id) === job.id) {
      job.exitCode = Number(value);
      // The two streams are separate: the script's output is through when both have said so.
      if (++job.ended === 2) job.done.resolve({ exitCode: job.exitCode });
    }
  }

  #fail(error: K3sboxError): void {
    if (this.#gone.signal.aborted) return;
    this.#gone.abort(error);
    this.#ready.reject(error);
    this.#current?.done.reject(error);
  }
}

/** A connection that is lost says so at once; one program may also be lost alone. */
async function lossOf({ closed }: Transport): Promise<string> {
  // Not for its sake is a program kept that has nothing else to do.
  const reason = await Promise.race([closed.then((end) => end.reason), sleep(100, undefined, { ref: false })]);
  return reason === undefined ? 'connection lost' : `connection lost: ${reason}`;
}

function reasonOf(signal: AbortSignal): Error {
  return signal.reason instanceof Error ? signal.reason : new InterruptedError('interrupted');
}
