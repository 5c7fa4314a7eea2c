import { PassThrough, Writable, type Readable } from 'node:stream';
import { finished } from 'node:stream/promises';

import type { ClientChannel } from 'ssh2';

import { Deferred } from '../base/deferred.ts';
import type { Program, ProgramEnd } from './transport.ts';

/**
 * A program on an ssh2 channel. The channel itself is not handed out: it swallows what is written after its end, callback and all, and
 * stalls when a reader walks away. These streams behave as streams do.
 */
export class Ssh2Program implements Program {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly ended: Promise<ProgramEnd>;
  /** Settles when the host has closed its side, or we have let go. */
  readonly released: Promise<void>;
  readonly #channel: ClientChannel;
  readonly #ended = new Deferred<ProgramEnd>();
  readonly #released = new Deferred();

  constructor(channel: ClientChannel) {
    this.#channel = channel;
    this.stdin = writerTo(channel);
    this.stdout = this.#readerOf(channel);
    this.stderr = this.#readerOf(channel.stderr);
    this.ended = this.#ended.promise;
    this.released = this.#released.promise;
    this.#follow();
  }

  /** The connection is gone: nobody knows what became of the program. */
  lose(): void {
    this.#settle({});
    this.#released.resolve();
  }

  close(): void {
    this.#settle({});
    // The host keeps the session until the program ends, which may be never.
    this.#released.resolve();
    this.#channel.close();
    // ssh2 reports the end of a channel only when its output is through, and nobody reads it any more.
    for (const source of [this.#channel, this.#channel.stderr]) {
      source.unpipe();
      source.resume();
    }
  }

  #follow(): void {
    const channel = this.#channel;
    let end: ProgramEnd = {};
    channel.on('error', () => {}); // a late write; the end of the program says it
    channel.on('exit', (code: number | null, signal?: string) => {
      if (code !== null) end = { exitCode: code };
      else if (signal !== undefined) end = { signal };
    });
    const outputThrough = Promise.allSettled([finished(this.stdout), finished(this.stderr)]);
    channel.on('close', () => {
      this.#released.resolve();
      void outputThrough.then(() => this.#settle(end));
    });
  }

  #readerOf(source: Readable): Readable {
    const reader = source.pipe(new PassThrough());
    reader.on('close', () => {
      if (!reader.readableEnded) this.close();
    });
    return reader;
  }

  #settle(end: ProgramEnd): void {
    this.#ended.resolve(end);
    this.stdin.destroy();
  }
}

function writerTo(channel: ClientChannel): Writable {
  const stdin = new Writable({
    write: (chunk: Buffer, _encoding, done) => void channel.write(chunk, done),
    final: (done) => {
      channel.end();
      done();
    },
  });
  stdin.on('error', () => {}); // a late write; the end of the program says it
  return stdin;
}
