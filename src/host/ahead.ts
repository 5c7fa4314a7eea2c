import type { BecomeDefaults } from '../base/connection.ts';
import { InterruptedError } from '../base/errors.ts';
import { sh, type ShellCommand } from '../base/sh.ts';
import { collect, settle, startBulk } from './bulk.ts';
import type { Contents } from './contents.ts';
import type { Needed, Relay, Stage } from './relay.ts';
import { unstageCommand } from './run-folder.ts';
import type { RunAs } from './user-sessions.ts';

/** Made once: an error keeps all that is under way where it is made, here the sessions of a host that is let go of. */
const hostIsLeft = new InterruptedError('the host is left');

/** What belongs to the host that files are sent to. */
export interface AheadPorts {
  readonly relay: Relay;
  readonly contents: Contents;
  /** Its transport works also while the host is being closed. */
  readonly stageOf: (run: string, as: RunAs) => Stage;
  readonly become: () => BecomeDefaults;
}

/**
 * Sends a host large files before its part of the run begins: those that other hosts had to be sent, unless it has them where they
 * went there. That takes no lock, reaches nothing but the run's stage, and may fail: then they are sent when they are needed.
 */
export class Ahead {
  readonly #ports: AheadPorts;
  readonly #stopping = new AbortController();
  /** Stages with files that nobody has needed yet. */
  readonly #stages = new Map<string, Stage>();
  #sending: Promise<void> = Promise.resolve();

  constructor(ports: AheadPorts) {
    this.#ports = ports;
  }

  /** Never rejects. */
  send(run: string): Promise<void> {
    this.#sending = this.#sendAll(run, this.#sending);
    return this.#sending;
  }

  /**
   * Ends what is under way, and removes what was sent, unless the end of the run does that on the host (`isSwept`). How that goes is
   * nobody's concern.
   */
  async end(isSwept: boolean): Promise<void> {
    this.#stopping.abort(hostIsLeft);
    await this.#sending;
    const stages = [...this.#stages.values()];
    this.#stages.clear();
    if (!isSwept) await Promise.allSettled(stages.map((stage) => printed(stage, unstageCommand(stage.place))));
  }

  async #sendAll(run: string, before: Promise<void>): Promise<void> {
    await before;
    for (const needed of this.#ports.relay.needed) await this.#sendOne(run, needed).catch(() => undefined);
  }

  async #sendOne(run: string, { content, path, user }: Needed): Promise<void> {
    const { signal } = this.#stopping;
    signal.throwIfAborted();
    const { exe, password } = this.#ports.become();
    const as = user === undefined ? undefined : { exe, user, ...(password !== undefined && { password }) };
    const stage = this.#ports.stageOf(run, as);
    if ((await printed(stage, sh`sha256sum <${path}`)).startsWith(content.sha256)) return;
    this.#stages.set(user ?? '', stage);
    await this.#ports.contents.stageOnce(content, user ?? '', () => this.#ports.relay.send(stage, content, signal));
  }
}

/** What a command prints on the host. @throws UnreachableError */
async function printed({ transport, as }: Stage, command: ShellCommand): Promise<string> {
  const program = await startBulk(await transport(), as, command);
  let text = '';
  program.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  program.stdin.end();
  await settle(program, collect(program), 'cannot look', [0, 1, 2]);
  return text;
}
