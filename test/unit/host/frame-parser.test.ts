import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { FrameParser } from '../../../src/host/frame-parser.ts';

const nonce = 'abab0123';

const isFrame = (part: string) => part.startsWith('<');

/** Data and frames in the order in which they were told; data that follows data is joined. */
function parse(chunks: readonly (string | Buffer)[]): string[] {
  const told: string[] = [];
  let data: Buffer[] = [];
  const flush = (): void => {
    if (data.length > 0) told.push(Buffer.concat(data).toString());
    data = [];
  };
  const parser = new FrameParser(
    nonce,
    (part) => data.push(Buffer.from(part)),
    (frame) => {
      flush();
      told.push(`<${frame}>`);
    },
  );
  for (const chunk of chunks) parser.push(Buffer.from(chunk));
  flush();
  return told;
}

describe('a stream', () => {
  test.each<[title: string, chunks: string[], told: string[]]>([
    ['of data alone', ['x', 'y'], ['xy']],
    ['of frames alone', [`${nonce}B 1;${nonce}D 1 0;`], ['<B 1>', '<D 1 0>']],
    ['of both', [`x${nonce}B 1;y\n${nonce}D 1 0;z`], ['x', '<B 1>', 'y\n', '<D 1 0>', 'z']],
    ['with an empty frame', [`${nonce};`], ['<>']],
    ['with a nonce in pieces', ['xabab', '01', '23B 1', ';y'], ['x', '<B 1>', 'y']],
    ['with what only begins like a nonce', ['xabab', '0', '9y'], ['xabab09y']],
    ['with a nonce that begins in the middle of its own beginning', ['xab', 'abab0123B;'], ['xab', '<B>']],
    ['with semicolons that end no frame', [';a;', `${nonce}B;;`], [';a;', '<B>', ';']],
    ['with a frame of several bytes a character', [`${nonce}U größe;`], ['<U größe>']],
    [
      'with a frame that was cut off before the next one',
      [`x${nonce}U 1 tak${nonce}E 1 137;y`],
      ['x', '<E 1 137>', 'y'],
    ],
    ['with a frame that was cut off, in pieces', [`${nonce}U 1 tak`, nonce, 'E 1 137', ';y'], ['<E 1 137>', 'y']],
  ])('%s', (_title, chunks, told) => {
    expect(parse(chunks)).toEqual(told);
  });

  test('that ends like a nonce holds those bytes back', () => {
    expect(parse(['xabab01'])).toEqual(['x']);
  });
});

describe('however it is cut', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '0', ';', 'ä', '\n'), maxLength: 12 });
  const frame = fc
    .string({ unit: fc.constantFrom('a', 'b', ' ', '1', 'ä'), maxLength: 8 })
    .map((inner) => `<${inner}>`);
  const stream = fc.array(fc.oneof(text, frame), { maxLength: 12 });
  const cuts = fc.array(fc.nat(200), { maxLength: 30 });

  test('the same data and frames come out', () => {
    fc.assert(
      fc.property(stream, cuts, (parts, places) => {
        const bytes = Buffer.from(
          parts.map((part) => (isFrame(part) ? `${nonce}${part.slice(1, -1)};` : part)).join(''),
        );
        const ends = [...new Set(places.map((place) => Math.min(place, bytes.length)))].toSorted((a, b) => a - b);
        const chunks = [0, ...ends].map((from, i) => bytes.subarray(from, ends[i] ?? bytes.length));

        // Something in front and behind, so that nothing is held back at the end.
        const told = parse([...chunks, '\n']);

        expect(told.filter(isFrame)).toEqual(parts.filter(isFrame));
        expect(told.join('')).toBe(`${parts.join('')}\n`);
      }),
    );
  });
});
