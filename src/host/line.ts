import type { Connection } from '../base/connection.ts';
import { UnreachableError } from '../base/errors.ts';
import type { Transport } from '../transport/transport.ts';

/** Makes a connection; given by `transport/connect.ts`, or by a test. */
export type Connect = (connection: Connection, signal: AbortSignal) => Promise<Transport>;

/** The connection to one machine: made when it is first needed, and again when it was lost. */
export class Line {
  readonly #connect: Connect;
  readonly #signal: AbortSignal;
  /** Ways to reach it, the one that is used first. */
  #ways: readonly [Connection, ...Connection[]];
  #transport: Promise<Transport> | undefined;
  #lost = false;

  constructor(connection: Connection, connect: Connect, signal: AbortSignal) {
    this.#ways = [connection];
    this.#connect = connect;
    this.#signal = signal;
  }

  /** How the machine is reached at present. */
  get connection(): Connection {
    return this.#ways[0];
  }

  /** A run has moved it: it may be at either place. */
  get hasMoved(): boolean {
    return this.#ways.length > 1;
  }

  /** True when a connection that was there is gone. */
  get isLost(): boolean {
    return this.#lost;
  }

  /** From now on it is looked for there first, and where it was before when nobody answers there. */
  moveTo(movedTo: NonNullable<Connection['movedTo']>): void {
    const [current, ...others] = this.#ways;
    this.#ways = [{ ...current, movedTo }, current, ...others];
  }

  /** Another line to the same machine. */
  anew(movedTo: Connection['movedTo'], signal: AbortSignal): readonly [Connection, Connect, AbortSignal] {
    return [{ ...this.connection, ...(movedTo && { movedTo }) }, this.#connect, signal];
  }

  /** @throws UnreachableError */
  transport(): Promise<Transport> {
    if (this.#transport !== undefined) return this.#transport;
    const made = this.#connectSomehow();
    this.#transport = made;
    void this.#follow(made);
    return made;
  }

  /** Lets go of it at once. */
  async close(): Promise<void> {
    const transport = this.#transport;
    this.#transport = undefined;
    await transport?.then((connected) => connected.close()).catch(() => undefined);
  }

  async #connectSomehow(): Promise<Transport> {
    let problem: unknown;
    for (const way of this.#ways) {
      try {
        const transport = await this.#connect(way, this.#signal);
        this.#ways = [way, ...this.#ways.filter((other) => other !== way)];
        this.#lost = false;
        return transport;
      } catch (error) {
        problem ??= error;
        if (!(error instanceof UnreachableError)) throw error;
      }
    }
    throw problem;
  }

  async #follow(made: Promise<Transport>): Promise<void> {
    try {
      await (
        await made
      ).closed;
      if (this.#transport === made || this.#transport === undefined) this.#lost = true;
    } catch {
      // Told to whoever asked for it; the next one tries again.
    }
    if (this.#transport === made) this.#transport = undefined;
  }
}
