import { assert, constantFrom, property, string } from 'fast-check';
import { expect, test } from 'vitest';

import type { Value } from '../../../src/base/value.ts';
import { readPythonLiteral } from '../../../src/inventory/python-literal.ts';

test.each<[string, Value]>([
  ['1', 1],
  ['-3', -3],
  ['+4', 4],
  ['1.5', 1.5],
  ['1.', 1],
  ['.5', 0.5],
  ['1e3', 1000],
  ['1_000', 1000],
  ['0x10', 16],
  ['0o17', 15],
  ['0b11', 3],
  ['00', 0],
  ['True', true],
  ['False', false],
  ['None', null],
  ['[1, 2]', [1, 2]],
  ['[1, 2,]', [1, 2]],
  ['1,2', [1, 2]],
  ['True,', [true]],
  ['(1, 2)', [1, 2]],
  ['(1)', 1],
  ['(1,)', [1]],
  ['()', []],
  ['{"a": [1, None], \'b\': {}}', { a: [1, null], b: {} }],
  ['{1: 2}', { '1': 2 }],
  ['"5"', '5'],
  [String.raw`'it\'s \x41\u00e9\n'`, "it's Aé\n"],
  ['1 # comment', 1],
  ['yes', 'yes'],
  ['true', 'true'],
  ['007', '007'],
  ['1-2', '1-2'],
  ['1.2.3', '1.2.3'],
  ['1e', '1e'],
  ['0x', '0x'],
  ['1__0', '1__0'],
  ['~', '~'],
  ['', ''],
  ['a # c', 'a # c'],
  ['[1', '[1'],
  ['{"a"}', '{"a"}'],
  ['99999999999999999999', '99999999999999999999'],
  ['"a" b', '"a" b'],
  ['__import__("os")', '__import__("os")'],
  ['['.repeat(1000), '['.repeat(1000)],
])('%s', (text, expected) => {
  expect(readPythonLiteral(text)).toEqual(expected);
});

test('never throws, and gives back the text when it is no literal', () => {
  const unit = constantFrom(
    '[',
    ']',
    '{',
    '}',
    '(',
    ')',
    ',',
    ':',
    '"',
    "'",
    '\\',
    '1',
    '.',
    'e',
    '-',
    '_',
    'T',
    ' ',
    '#',
    'x',
  );
  assert(
    property(string({ unit }), (text) => {
      const value = readPythonLiteral(text);

      expect(typeof value === 'string' ? value.length <= text.length : true).toBe(true);
    }),
  );
});
