import { expect, test } from 'vitest';

import { parseWaveSize, seededRandom, orderHosts, waves, wavesPer, type WaveSize } from '../../../src/plan/waves.ts';

const sizes = (...entries: readonly unknown[]): WaveSize[] => entries.flatMap((entry) => parseWaveSize(entry) ?? []);
const inWords = (cut: readonly (readonly string[])[]): string => cut.map((hosts) => hosts.join('')).join(' ');

test.each<[hosts: string, sizes: unknown[], round: 'up' | 'down', cut: string]>([
  ['abcdefghij', [1, '10%', '50%'], 'up', 'a b cdefg hij'],
  ['abcde', ['30%'], 'up', 'ab cd e'],
  ['abcde', ['30%'], 'down', 'a b c d e'],
  ['abc', ['1%'], 'up', 'a b c'],
])('%s in waves of %j, rounded %s: %s', (hosts, entries, round, cut) => {
  expect(inWords(waves(hosts.split(''), sizes(...entries), round))).toBe(cut);
});

test.each<[groups: string[], sizes: unknown[], cut: string]>([
  [['abc', 'de'], [1], 'ad be c'],
  [['abc', 'de'], [], 'abcde'],
  [['abcd', 'ef'], ['50%'], 'abe cdf'],
  [[], [1], ''],
])('groups %j in waves of %j: %s', (groups, entries, cut) => {
  expect(
    inWords(
      wavesPer(
        groups.map((group) => group.split('')),
        sizes(...entries),
        'up',
      ),
    ),
  ).toBe(cut);
});

test('the same seed shuffles the same way, another one another way', () => {
  const hosts = 'abcdefghijklmnop'.split('');
  const shuffled = (seed: number): string => orderHosts(hosts, 'shuffle', seededRandom(seed)).join('');

  expect(shuffled(7)).toBe(shuffled(7));
  expect(shuffled(7)).not.toBe(shuffled(8));
  expect(shuffled(7).split('').toSorted()).toEqual(hosts);
});
