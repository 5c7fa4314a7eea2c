import { expect, test } from 'vitest';

import { pythonRegex } from '../../../../src/modules/shared/python-regex.ts';

test.each([
  ['foo$', 'foo\n', true],
  ['foo$', 'foo\nbar', false],
  ['(?:foo$|bar)x?', 'foo\n', true],
  ['^foo', 'x\nfoo', false],
  ['(?m)^foo', 'x\nfoo', true],
  ['(?m)foo$', 'foo\nbar', true],
  ['a.c', 'a\nc', false],
  ['a.c', 'a\rc', true],
  ['(?s)a.c', 'a\nc', true],
  ['(?i)FOO', 'foo', true],
  ['(?im)^FOO$', 'x\nfoo\ny', true],
  [String.raw`\Afoo\Z`, 'foo', true],
  [String.raw`\Afoo\Z`, 'foo\n', false],
  ['(?P<q>["\']).*(?P=q)', `a "b" c`, true],
  ['[]a]b', ']b', true],
  ['[^]a]b', 'ab', false],
  ['[$^.]', '$', true],
  ['[$^.]', 'x', false],
  [String.raw`\$\^\.`, '$^.', true],
  ['a(?#comment)b', 'ab', true],
  [String.raw`\[section\]`, '[section]', true],
])('%s on %j: %s', (source, text, expected) => {
  expect(pythonRegex(source).test(text)).toBe(expected);
});

test.each(['(', 'a{2,1}', '(?x) a b'])('%s is refused', (source) => {
  expect(() => pythonRegex(source)).toThrow(`not a regular expression: ${source}`);
});

test('what hostile text makes endless is given up', () => {
  expect(() => pythonRegex('(a+)+$').test(`${'a'.repeat(50)}!`)).toThrow(/1 s|1000/);
});
