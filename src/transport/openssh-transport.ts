import { readFile, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';

import pLimit from 'p-limit';

import { Deferred } from '../base/deferred.ts';
import { UnreachableError } from '../base/errors.ts';
import { lastLines, sanitise } from '../base/text.ts';
import { ChildProgram } from './child-program.ts';
import type { ConnectEnvironment } from './environment.ts';
import { messageOf } from './system-error.ts';
import { formatAddress, type Target } from './target.ts';
import type { Program, ProgramEnd, Transport } from './transport.ts';

/** As with ssh2: MaxSessions is 10 by default, and the master has a session of its own. */
const programsAtATime = 6;

/** A connection that a running `ssh` holds open. */
export class OpensshTransport implements Transport {
  readonly name: string;
  readonly closed: Promise<{ readonly reason?: string }>;
  readonly #master: ChildProgram;
  readonly #folder: string;
  readonly #target: Target;
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #limit = pLimit(programsAtATime);
  readonly #programs = new Set<ChildProgram>();
  readonly #closed = new Deferred<{ readonly reason?: string }>();
  #isClosed = false;
  #count = 0;

  /** `folder` holds the control socket of `master` and is removed with it. */
  constructor(master: ChildProgram, folder: string, target: Target, { env }: ConnectEnvironment) {
    this.#master = master;
    this.#folder = folder;
    this.#target = target;
    this.#env = env;
    this.name = `openssh://${target.user}@${formatAddress(target)}`;
    this.closed = this.#closed.promise;
    void master.ended.then(() => this.#shut());
  }

  start(command: string): Promise<Program> {
    const started = new Deferred<Program>();
    void this.#limit(async () => {
      try {
        const program = await this.#startOne(command);
        this.#programs.add(program);
        started.resolve(program);
        await program.ended;
        this.#programs.delete(program);
      } catch (cause) {
        const { hint } = cause instanceof UnreachableError ? cause : {};
        started.reject(new UnreachableError(messageOf(cause), { hint, cause }));
      }
    });
    return started.promise;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    for (const program of this.#programs) program.kill();
    this.#master.kill();
    await this.#closed.promise;
  }

  async #startOne(command: string): Promise<ChildProgram> {
    if (this.#isClosed) {
      throw new UnreachableError(`the connection to ${formatAddress(this.#target)} is lost`, {
        hint: 'Try again when the host is back.',
      });
    }
    const log = join(this.#folder, `log.${this.#count++}`);
    // Without a master, ssh would connect by itself; the ProxyCommand keeps it from doing so.
    const words = [
      '-F',
      'none',
      '-T',
      '-S',
      this.#socket,
      '-E',
      log,
      '-o',
      'ProxyCommand=exit 1',
      '--',
      'host',
      command,
    ];
    return ChildProgram.start('ssh', words, { env: this.#env, interpret: (end) => this.#interpret(end, log) });
  }

  get #socket(): string {
    return join(this.#folder, 'control');
  }

  /**
   * Codes other than 0 are ssh's own when the connection fails: then it logged why, or the master is gone. A program that a signal ended
   * also comes out as 255.
   */
  async #interpret(end: ProgramEnd, log: string): Promise<ProgramEnd> {
    const [said] = await Promise.all([readFile(log, 'utf8').catch(() => ''), rm(log, { force: true })]);
    if (end.exitCode === 0) return end;
    const isOwn = end.exitCode !== undefined && said.trim() === '' && (await isAlive(this.#socket));
    return isOwn ? end : {};
  }

  async #shut(): Promise<void> {
    const log = await readFile(join(this.#folder, 'log'), 'utf8').catch(() => '');
    const reason = sanitise(lastLines(log, 1)) || 'ssh ended';
    const end = this.#isClosed ? {} : { reason };
    this.#isClosed = true;
    await rm(this.#folder, { recursive: true, force: true });
    this.#closed.resolve(end);
  }
}

/** A master that lives says hello to whoever connects; one that is dying may still have its socket, but does not answer. */
function isAlive(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(socket);
    probe.once('data', () => {
      resolve(true);
      probe.destroy();
    });
    probe.on('error', () => resolve(false));
    probe.on('close', () => resolve(false));
  });
}
