import { open } from 'node:fs/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

import { sh } from '../base/sh.ts';

const compress = promisify(gzip);

/** Files are read, and compressed, in pieces of so many bytes. */
export const chunkBytes = 256 * 1024;

/** What does not get smaller than this share is sent as it is. */
const worthwhileShare = 0.8;

/** So much may be on its way before a connection holds back: sshd's window, and the sockets. Until then nothing is known of the link. */
const unheldBytes = 4 * 1024 * 1024;
/** Behind that, the link is watched for so many bytes before it is judged. */
const watchedBytes = 1024 * 1024;

/** The fastest. */
const level = 1;

/** What {@link unpack} ends with on a host that has no gzip. */
export const noGzip = 97;

/** Prints what a {@link Packer} has made, on the host. */
export const unpack = sh`{ command -v gzip >/dev/null||exit ${noGzip};gzip -dc;}`;

/** Whether a file gets smaller, by its first piece. */
export async function isCompressible(file: string): Promise<boolean> {
  await using handle = await open(file);
  const { bytesRead, buffer } = await handle.read(Buffer.alloc(chunkBytes));
  const packed = await compress(buffer.subarray(0, bytesRead), { level });
  return packed.length <= bytesRead * worthwhileShare;
}

/** Compresses a file for as long as that pays: it stops when the link takes bytes faster than compressing saves them. */
export class Packer {
  /** Of the file so many bytes have been packed. */
  plainBytes = 0;
  readonly #now: () => number;

  /** `now`: a clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The pieces of a file, each as gzip has it. */
  async *pack(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    let [packedBytes, packingMs, waitingMs] = [0, 0, 0];
    for await (const piece of pieces) {
      const begun = this.#now();
      const packed = await compress(piece, { level });
      const made = this.#now();
      this.plainBytes += piece.length;
      yield packed;
      const waited = this.#now() - made;
      packedBytes += packed.length;
      if (packedBytes <= unheldBytes) continue;
      packingMs += made - begun;
      waitingMs += waited;
      if (packedBytes <= unheldBytes + watchedBytes) continue;
      // plain, as many bytes more would have been waited for
      if (waitingMs * (this.plainBytes / packedBytes - 1) < packingMs) return;
    }
  }
}
