import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { formatDuration, parseDuration } from '../../../src/base/duration.ts';

describe('reading a duration', () => {
  test.each<[text: string | number, ms: number | undefined]>([
    ['500ms', 500],
    ['30s', 30_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['2d', 172_800_000],
    ['1m1s1ms', 61_001],
    ['90', 90_000],
    ['1.5', 1500],
    [0, 0],
    [2, 2000],
    [0.25, 250],
    ['0s', 0],
    ['', undefined],
    ['s', undefined],
    ['5 m', undefined],
    ['5m ', undefined],
    ['-5s', undefined],
    [-1, undefined],
    [Number.NaN, undefined],
    [Number.POSITIVE_INFINITY, undefined],
    ['1.5h', undefined],
    ['5M', undefined],
    ['1e3', undefined],
  ])('%j is %j ms', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
});

describe('writing a duration', () => {
  test.each([
    [0, '0ms'],
    [0.4, '0ms'],
    [950, '950ms'],
    [999.6, '1.0s'],
    [1000, '1.0s'],
    [1234, '1.2s'],
    [59_940, '59.9s'],
    [59_960, '1m'],
    [60_000, '1m'],
    [61_000, '1m1s'],
    [3_599_600, '1h'],
    [3_600_000, '1h'],
    [3_661_000, '1h1m1s'],
    [90_000_000, '25h'],
  ])('%d ms is %s', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });

  test('what is written can be read, and is the same to the second', () => {
    fc.assert(
      fc.property(fc.integer({ min: 60_000, max: 400_000_000 }), (ms) => {
        expect(Math.abs((parseDuration(formatDuration(ms)) ?? 0) - ms)).toBeLessThanOrEqual(500);
      }),
    );
  });
});
