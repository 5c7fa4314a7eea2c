import { randomBytes } from 'node:crypto';
import { gunzipSync } from 'node:zlib';

import { expect, test } from 'vitest';

import { chunkBytes, Packer } from '../../../src/host/compression.ts';

/** Of its bytes a quarter is random: compressed it is a little more than that. */
function piece(): Buffer {
  const bytes = Buffer.alloc(chunkBytes);
  randomBytes(chunkBytes / 4).copy(bytes);
  return bytes;
}

/** Packs a hundred pieces over a link on which a byte takes so long, with a compressor that takes a millisecond for each piece. */
async function sent(msPerByte: number) {
  const pieces = Array.from({ length: 100 }, piece);
  async function* source() {
    yield* pieces;
  }
  let clock = 0;
  let asked = 0;
  // it is asked before and after compressing, and when the link has taken the piece
  const packer = new Packer(() => (clock += asked++ % 3 === 1 ? 1 : 0));
  const packed: Buffer[] = [];
  for await (const one of packer.pack(source())) {
    packed.push(one);
    clock += one.length * msPerByte;
  }
  const unpacked = gunzipSync(Buffer.concat(packed));
  const isRight = unpacked.equals(Buffer.concat(pieces.slice(0, packed.length)));
  return { isRight, pieces: packed.length, plainBytes: packer.plainBytes };
}

test('over a slow link all of a file is compressed', async () => {
  expect(await sent(1 / 5000)).toEqual({ isRight: true, pieces: 100, plainBytes: 100 * chunkBytes });
});

test('over a link that is faster than the compressor it stops when that has shown', async () => {
  // 4 MiB that say nothing, and one that does
  expect(await sent(0)).toEqual({ isRight: true, pieces: 79, plainBytes: 79 * chunkBytes });
});
