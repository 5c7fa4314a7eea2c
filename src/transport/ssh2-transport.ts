import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';

import pLimit from 'p-limit';
import type { Client, ClientChannel } from 'ssh2';

import { Deferred } from '../base/deferred.ts';
import { UnreachableError } from '../base/errors.ts';
import type { Tunnel } from './jump-hosts.ts';
import { lossReason } from './explain.ts';
import { Ssh2Program } from './ssh2-program.ts';
import { messageOf } from './system-error.ts';
import { formatAddress, type Target } from './target.ts';
import type { Transport } from './transport.ts';

/** sshd's default MaxSessions is 10, and it counts a session until it has reaped its program. */
const programsAtATime = 6;

/** A host with fewer sessions to give than we have programs is asked again this often, until nothing has ended for so long. */
const askAgainMs = 100;
const patienceMs = 3000;

/** How long a polite goodbye may take. */
const farewellMs = 1000;

/** An open SSH connection, logged in. */
export class Ssh2Transport implements Transport, Tunnel {
  readonly name: string;
  readonly closed: Promise<{ readonly reason?: string }>;
  readonly #client: Client;
  readonly #sock: Duplex;
  readonly #target: Target;
  readonly #limit = pLimit(programsAtATime);
  readonly #programs = new Set<Ssh2Program>();
  readonly #closed = new Deferred<{ readonly reason?: string }>();
  /** Those who wait for an answer to a request for a channel. */
  readonly #waiting = new Set<(error: Error) => void>();
  #problem: string | undefined;
  #isClosed = false;
  #lastEndAt = 0;

  /** Takes over `client`, which is logged in over `sock`. */
  constructor(client: Client, sock: Duplex, target: Target) {
    this.#client = client;
    this.#sock = sock;
    this.#target = target;
    this.name = `ssh2://${target.user}@${formatAddress(target)}`;
    this.closed = this.#closed.promise;
    client.on('error', (error) => (this.#problem ??= lossReason(error)));
    client.on('end', () => this.#lose());
    client.on('close', () => this.#lose());
  }

  /** Waits for its turn while six programs are running; whoever holds that many open must not start another. */
  start(command: string): Promise<Ssh2Program> {
    const started = new Deferred<Ssh2Program>();
    void this.#limit(async () => {
      try {
        const program = await this.#openPatiently(command);
        this.#programs.add(program);
        if (this.#isClosed) program.lose();
        started.resolve(program);
        await program.released;
        this.#programs.delete(program);
        this.#lastEndAt = Date.now();
      } catch (error) {
        started.reject(error instanceof Error ? error : new Error(String(error)));
      }
    });
    return started.promise;
  }

  async forward(address: string, port: number): Promise<Duplex> {
    const there = formatAddress({ address, port });
    try {
      return await this.#open(
        (done) => this.#client.forwardOut('127.0.0.1', 0, address, port, done),
        (channel) => channel,
      );
    } catch (cause) {
      if (this.#isClosed) throw this.#lost();
      throw new UnreachableError(
        `the jump host ${formatAddress(this.#target)} does not get us to ${there}: ${wordsOf(cause)}`,
        {
          hint: isProhibited(cause)
            ? 'Allow it there: AllowTcpForwarding and PermitOpen in sshd_config.'
            : 'Is the host up, and can the jump host reach that address?',
          cause,
        },
      );
    }
  }

  /** Nobody waits for the host's goodbye: it takes a round trip, and changes nothing. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#client.end();
    setTimeout(() => this.#shut({}), farewellMs).unref();
    if (this.#sock instanceof Socket) this.#sock.unref();
  }

  async #openPatiently(command: string): Promise<Ssh2Program> {
    let lastProgress = 0;
    for (;;) {
      try {
        return await this.#open(
          (done) => this.#client.exec(command, done),
          // At once: the end of a short program may be in the same packet as the answer.
          (channel) => new Ssh2Program(channel),
        );
      } catch (error) {
        if (this.#isClosed || !this.#sock.writable) throw this.#lost();
        lastProgress = Math.max(lastProgress || Date.now(), this.#lastEndAt);
        if (!isRefusal(error) || Date.now() - lastProgress > patienceMs) throw this.#noChannel(error);
        await delay(askAgainMs);
      }
    }
  }

  /** ssh2's callback may never come on a line that is dead and does not know it. */
  #open<T>(
    ask: (done: (error: Error | undefined, channel: ClientChannel) => void) => void,
    take: (channel: ClientChannel) => T,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const { timeoutMs } = this.#target;
      const giveUp = (error: Error): void => {
        clearTimeout(timer);
        this.#waiting.delete(giveUp);
        reject(error);
      };
      const timer = setTimeout(() => giveUp(new Error(`no answer within ${timeoutMs / 1000} s`)), timeoutMs);
      this.#waiting.add(giveUp);
      try {
        ask((error, channel) => {
          if (error) return giveUp(error);
          if (!this.#waiting.delete(giveUp)) return channel.close();
          clearTimeout(timer);
          resolve(take(channel));
        });
      } catch (error) {
        giveUp(error instanceof Error ? error : new Error(String(error)));
      }
    });
  }

  #lose(): void {
    const reason = this.#problem ?? 'the host closed the connection';
    this.#shut(this.#isClosed ? {} : { reason });
  }

  #shut(end: { readonly reason?: string }): void {
    this.#isClosed = true;
    this.#sock.destroy();
    for (const program of this.#programs) program.lose();
    for (const giveUp of this.#waiting) giveUp(new Error('the connection is lost'));
    this.#closed.resolve(end);
  }

  #lost(): UnreachableError {
    return new UnreachableError(
      `the connection to ${formatAddress(this.#target)} is lost${this.#problem ? `: ${this.#problem}` : ''}`,
      {
        hint: 'Try again when the host is back.',
      },
    );
  }

  #noChannel(cause: unknown): UnreachableError {
    return new UnreachableError(
      `${formatAddress(this.#target)} does not start another program beside ${this.#programs.size}: ${wordsOf(cause)}`,
      { hint: isRefusal(cause) ? 'Raise MaxSessions in its sshd_config.' : 'Is the host overloaded?', cause },
    );
  }
}

/** RFC 4254, section 5.1: SSH_OPEN_ADMINISTRATIVELY_PROHIBITED is 1, SSH_OPEN_CONNECT_FAILED 2, SSH_OPEN_RESOURCE_SHORTAGE 4. */
function isRefusal(error: unknown): boolean {
  return error instanceof Error && 'reason' in error && [1, 2, 4].includes(Number(error.reason));
}

function wordsOf(error: unknown): string {
  return messageOf(error).replace('(SSH) Channel open failure: ', '');
}

function isProhibited(error: unknown): boolean {
  return error instanceof Error && 'reason' in error && error.reason === 1;
}
