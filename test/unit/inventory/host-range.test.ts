import { assert, integer, property, string, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { parseHostNames } from '../../../src/inventory/host-name.ts';
import { expandRange } from '../../../src/inventory/host-range.ts';

describe('ranges', () => {
  test.each([
    ['web[01:03]', ['web01', 'web02', 'web03']],
    ['n[1:10:3]', ['n1', 'n4', 'n7', 'n10']],
    ['a[a:d]', ['aa', 'ab', 'ac', 'ad']],
    ['b[a:g:2]', ['ba', 'bc', 'be', 'bg']],
    ['p[1:2]-[a:b].x', ['p1-a.x', 'p1-b.x', 'p2-a.x', 'p2-b.x']],
    ['s[08:11]', ['s08', 's09', 's10', 's11']],
    ['h[:2]', ['h0', 'h1', 'h2']],
    ['plain', ['plain']],
    ['[1:2].x', ['1.x', '2.x']],
  ])('%s', (name, expected) => {
    expect(expandRange(name)).toEqual(expected);
  });

  test.each([
    ['h[3:1]', 'the range [3:1] holds no host'],
    ['h[01:3]', 'the ends of the range [01:3] must have the same number of digits'],
    ['h[1:3:0]', 'the step of the range [1:3] must be a whole number from 1'],
    ['h[a:2]', '`[a:2]` is no range'],
    ['h[1:]', '`[1:]` is no range'],
    ['h[1:9999999]', 'the range means more than 100000 hosts'],
    ['h[1:1000][1:1000]', 'the range means more than 100000 hosts'],
  ])('%s is refused', (name, message) => {
    expect(() => expandRange(name)).toThrow(message);
  });

  test('have both ends, as many names as numbers, each once', () => {
    const bounds = tuple(integer({ min: 0, max: 500 }), integer({ min: 0, max: 200 }));
    assert(
      property(bounds, string({ unit: 'grapheme-ascii', maxLength: 5 }), ([from, more], rest) => {
        const tail = rest.replaceAll(/[[\]]/g, '');
        const names = expandRange(`h[${from}:${from + more}]${tail}`);

        expect(names).toHaveLength(more + 1);
        expect(new Set(names).size).toBe(names.length);
        expect([names[0], names.at(-1)]).toEqual([`h${from}${tail}`, `h${from + more}${tail}`]);
      }),
    );
  });
});

describe('names', () => {
  test.each([
    ['web01', ['web01'], undefined],
    ['web[1:2]:2222', ['web1', 'web2'], 2222],
    ['[::1]:22', ['::1'], 22],
    ['[fe80::1]', ['fe80::1'], undefined],
    ['fe80::1', ['fe80::1'], undefined],
    ['10.0.0.1:22', ['10.0.0.1'], 22],
    ['h_1-a.example.com', ['h_1-a.example.com'], undefined],
  ])('%s', (text, names, port) => {
    expect(parseHostNames(text)).toEqual({ names, port });
  });

  test.each([
    ['h1,h2', 'a host name cannot hold a comma'],
    ['me@h1', 'a host name cannot name a user'],
    ['h1:ssh', '`ssh` is no port'],
    ['h1:99999', 'there is no port 99999'],
    ['h;1', 'a host name cannot hold `;`'],
    ['a/b', 'a host name cannot hold `/`'],
    ['-oProxyCommand', '`-oProxyCommand` is no host name'],
  ])('%s is refused', (text, message) => {
    expect(() => parseHostNames(text)).toThrow(message);
  });
});
