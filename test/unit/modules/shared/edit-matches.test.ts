import { expect, test } from 'vitest';

import { type MatchEdit, replaceMatches } from '../../../../src/modules/shared/edit-matches.ts';

test.each<[string, MatchEdit, string | undefined]>([
  ['a=1\nb=1\n', { regexp: '=1$', replacement: '=2' }, 'a=2\nb=2\n'],
  ['a=1\nb=1\n', { regexp: String.raw`^(\w)=(\d)$`, replacement: String.raw`\2=\g<1>` }, '1=a\n1=b\n'],
  ['a\nb\na\n', { regexp: 'a', replacement: 'x', after: 'b' }, 'a\nb\nx\n'],
  ['a\nb\na\n', { regexp: 'a', replacement: 'x', before: 'b' }, 'x\nb\na\n'],
  ['a<a>a', { regexp: 'a', replacement: 'x', after: '<', before: '>' }, 'a<x>a'],
  ['a\n', { regexp: 'a', replacement: 'x', after: 'nope' }, undefined],
  ['a b\n', { regexp: String.raw`\s+`, replacement: String.raw`\n` }, 'a\nb\n'],
  ['baac', { regexp: 'a*', replacement: '-' }, '-b--c-'],
  ['keep\n', { regexp: 'nope', replacement: '' }, 'keep\n'],
])('%j with %j is %j', (text, edit, after) => {
  expect(replaceMatches(text, edit)).toBe(after);
});
