import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { BoundedText } from '../../../src/host/bounded-text.ts';

const mib = 1024 * 1024;

function collect(chunks: readonly Buffer[]): string {
  const text = new BoundedText();
  for (const chunk of chunks) text.push(chunk);
  return text.toString();
}

test('characters that were cut stay whole', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, size) => {
      const bytes = Buffer.from(text);
      const chunks = Array.from({ length: Math.ceil(bytes.length / (size + 1)) }, (_, i) =>
        bytes.subarray(i * (size + 1), (i + 1) * (size + 1)),
      );
      expect(collect(chunks)).toBe(text);
    }),
  );
});

test('the end is kept, at least a MiB of it, and it says how much is gone', () => {
  const chunks = Array.from({ length: 50 }, (_, i) => Buffer.alloc(100_000, String.fromCharCode(65 + (i % 26))));
  const text = collect(chunks);
  const [head = '', kept = ''] = text.split('\n');

  expect(head).toMatch(/^\[\d+ bytes before this were dropped\]$/);
  expect(kept.length).toBeGreaterThanOrEqual(mib);
  expect(kept.length).toBeLessThanOrEqual(mib + 100_000);
  expect(Number(/\d+/.exec(head)?.[0]) + kept.length).toBe(5_000_000);
  expect(text.endsWith('X'.repeat(100_000))).toBe(true);
});

test('what comes in one piece is bounded, too', () => {
  expect(collect([Buffer.alloc(5 * mib, 'x')]).length).toBeLessThan(mib + 100);
});

test('what is kept does not begin in the middle of a character', () => {
  expect(collect([Buffer.from('ä'.repeat(mib))])).not.toContain('\ufffd');
  expect(collect([Buffer.from('x'), Buffer.from('日'.repeat(mib))])).not.toContain('\ufffd');
});

test('a chunk that its owner uses again stays what it was', () => {
  const chunk = Buffer.from('old');
  const text = new BoundedText();
  text.push(chunk);
  chunk.write('new');

  expect(text.toString()).toBe('old');
});
