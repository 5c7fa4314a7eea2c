import { array, assert, nat, oneof, property } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { orderHosts, parseWaveSize, waves } from '../../../src/plan/waves.ts';

const hosts = (count: number): string[] => Array.from({ length: count }, (_, i) => `h${i}`);

function sizesOf(count: number, serial: readonly (number | string)[]): number[] {
  return waves(
    hosts(count),
    serial.flatMap((entry) => parseWaveSize(entry) ?? []),
  ).map((wave) => wave.length);
}

describe('serial cuts ten hosts as Ansible 2.14 does (measured)', () => {
  test.each([
    [[3], [3, 3, 3, 1]],
    [['3'], [3, 3, 3, 1]],
    [['30%'], [3, 3, 3, 1]],
    [['33%'], [3, 3, 3, 1]],
    [['35%'], [3, 3, 3, 1]],
    [['1%'], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
    [['0%'], [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]],
    [
      [1, 3, '50%'],
      [1, 3, 5, 1],
    ],
    [
      [1, '30%', '100%'],
      [1, 3, 6],
    ],
    [[0], [10]],
    [[11], [10]],
    [[], [10]],
    [
      [1, 0],
      [1, 9],
    ],
  ])('serial %j gives waves of %j', (serial, expected) => {
    expect(sizesOf(10, serial)).toEqual(expected);
  });
});

test('shares do not suffer from binary fractions', () => {
  expect(sizesOf(100, ['29%'])[0]).toBe(29);
});

test('no hosts give no waves', () => {
  expect(sizesOf(0, [3])).toEqual([]);
});

test.each(['3.5', '-1', '30 percent', '', 1.5, -1, true, null])('%j is no size', (entry) => {
  expect(parseWaveSize(entry)).toBeUndefined();
});

test('every host is in exactly one wave, in order', () => {
  const size = oneof(
    nat(30),
    nat(120).map((n) => `${n}%`),
  );
  assert(
    property(nat(40), array(size, { maxLength: 4 }), (count, serial) => {
      const sizes = serial.flatMap((entry) => parseWaveSize(entry) ?? []);
      expect(waves(hosts(count), sizes).flat()).toEqual(hosts(count));
    }),
  );
});

test.each([
  ['inventory', ['b', 'c', 'a']],
  ['reverse_inventory', ['a', 'c', 'b']],
  ['sorted', ['a', 'b', 'c']],
  ['reverse_sorted', ['c', 'b', 'a']],
] as const)('order %s', (order, expected) => {
  expect(orderHosts(['b', 'c', 'a'], order)).toEqual(expected);
});

test('a shuffled order has every host once and follows the given chance', () => {
  expect(orderHosts(['a', 'b', 'c'], 'shuffle', () => 0.99)).toEqual(['c', 'b', 'a']);
});
