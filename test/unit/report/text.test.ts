import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { hostNames } from '../../../src/report/host-names.ts';
import { fanOut } from '../../../src/report/reporter.ts';
import { makeStyle } from '../../../src/report/style.ts';
import { displayWidth, fit, truncate } from '../../../src/report/width.ts';
import { exitCodeMeaning } from '../../../src/report/words.ts';

describe('host names', () => {
  test.each([
    [[], ''],
    [['n1'], 'n1'],
    [['n1', 'n2'], 'n1, n2'],
    [['n1', 'n2', 'n3'], 'n1..n3 (3 hosts)'],
    [['n9', 'n10', 'n11'], 'n9..n11 (3 hosts)'],
    [['web08.dc1', 'web09.dc1', 'web10.dc1'], 'web08.dc1..web10.dc1 (3 hosts)'],
    [['n3', 'n2', 'n1'], 'n3, n2, n1'],
    [['n1', 'n3', 'n5', 'n7', 'n9'], 'n1, n3, n5, n7, 1 more (5 hosts)'],
    [['a', 'n1', 'n2', 'n3', 'b'], 'a, n1..n3, b (5 hosts)'],
    [['10.0.0.9', '10.0.0.10', '10.0.0.11'], '10.0.0.9..10.0.0.11 (3 hosts)'],
  ])('%j are %j', (hosts, text) => {
    expect(hostNames(hosts)).toBe(text);
  });
});

describe('width', () => {
  test.each([
    ['plain', 5],
    ['\u001b[31mred\u001b[39m', 3],
    ['日本', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['👨‍👩‍👧', 2],
    ['🇩🇪', 2],
    ['a\u200bb', 2],
    ['', 0],
  ])('%j takes %i columns', (text, columns) => {
    expect(displayWidth(text)).toBe(columns);
  });

  test('cut text never takes more than it may, filled text takes exactly that', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(20), (text, columns) => {
        expect(displayWidth(truncate(text, columns))).toBeLessThanOrEqual(columns);
        expect(displayWidth(fit(text, columns))).toBe(columns);
      }),
    );
  });
});

test.each([
  [126, 'the file cannot be executed'],
  [127, 'command not found'],
  [137, 'killed by SIGKILL, perhaps out of memory'],
  [1, undefined],
  [200, undefined],
])('exit code %i means %j', (code, meaning) => {
  expect(exitCodeMeaning(code)).toBe(meaning);
});

test('without colour nothing is painted', () => {
  expect(Object.values(makeStyle(false)).map((paint) => paint('x'))).toEqual(Array.from({ length: 6 }, () => 'x'));
});

test('a reporter that throws is named once and left out; the others go on', () => {
  const seen: string[] = [];
  const broken: unknown[] = [];
  const emit = fanOut(
    [
      {
        onEvent() {
          throw new Error('no');
        },
      },
      { onEvent: ({ type }) => seen.push(type) },
    ],
    (error) => broken.push(error),
  );

  emit({ type: 'warning', message: 'a' });
  emit({ type: 'warning', message: 'b' });

  expect([seen.length, broken.length]).toEqual([2, 1]);
});
