import { describe, expect, test } from 'vitest';

import { compileRegex, matchAll, matchFirst } from '../../../src/template/regex.ts';

describe('patterns written for Python', () => {
  test.each([
    ['(?i)ABC', 'xabcx', 'abc'],
    ['(?P<a>b)(?P=a)', 'abbc', 'bb'],
    [String.raw`\Ab`, 'ab', undefined],
    [String.raw`\Aa`, 'ab', 'a'],
    [String.raw`b\Z`, 'ab', 'b'],
    [String.raw`a\Z`, 'ab', undefined],
    [String.raw`\\A`, String.raw`x\A`, String.raw`\A`],
    ['(?m)^b$', 'a\nb\nc', 'b'],
    ['(?s)a.b', 'a\nb', 'a\nb'],
  ])('%s in %j finds %j', (pattern, text, expected) => {
    expect(matchFirst(compileRegex(pattern), text)?.[0]).toBe(expected);
  });

  test('a broken one says why', () => {
    expect(() => compileRegex('[a')).toThrow('`[a` is no regular expression: /[a/: Unterminated character class');
  });
});

describe('bounds', () => {
  test.each(['(a+)+$', '(a|aa)+$'])('%s on a hostile text ends', (pattern) => {
    expect(() => matchFirst(compileRegex(pattern), `${'a'.repeat(60)}!`)).toThrow('took longer than 1 s');
  });

  test('loops after loops on a long text end, too', () => {
    expect(() => matchFirst(compileRegex('.*a.*b.*c.*d.*e$'), 'abcd'.repeat(5000))).toThrow('took longer than 1 s');
  });

  test('a text longer than 1 MiB is refused', () => {
    expect(() => matchFirst(compileRegex('a'), 'x'.repeat(1024 * 1024 + 1))).toThrow('the text is too long');
  });

  test('what runs under the clock finds the same as what does not', () => {
    const text = 'a1 b22 c333';

    expect(matchAll(compileRegex(String.raw`(?:\w)(\d)+`), text).map(([whole]) => whole)).toEqual([
      'a1',
      'b22',
      'c333',
    ]);
    expect(matchAll(compileRegex(String.raw`\w\d+`), text).map(({ index }) => index)).toEqual([0, 3, 7]);
  });
});
