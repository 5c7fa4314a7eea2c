import * as fc from 'fast-check';
import { expect, test } from 'vitest';

import { embeddedJson } from '../../../../src/report/html/render-page.ts';
import { boundText, TextTable } from '../../../../src/report/html/text-table.ts';

const lines = (n: number): string => Array.from({ length: n }, (_, i) => `line ${i + 1}`).join('\n');

test.each([
  ['short text stays', 'a\nb', 'end', 'a\nb'],
  ['its first lines are kept', lines(5), 'start', 'line 1\nline 2\nline 3\n… (cut here)'],
  ['its last lines are kept', lines(5), 'end', '(cut before this) …\nline 3\nline 4\nline 5'],
  ['a long line is cut', 'x'.repeat(3000), 'start', `${'x'.repeat(2000)}… (3000 characters)`],
  ['escapes and turned text are taken out', '\u001b[31mred\u001b[0m \u202etxt', 'start', 'red txt'],
] as const)('%s', (_, text, keep, expected) => {
  expect(boundText(text, { lines: 3, chars: 4000, keep })).toBe(expected);
});

test('equal texts are one text', () => {
  const table = new TextTable(1000);

  expect(table.add('same')).toBe(table.add('same'));
  expect(table.texts).toHaveLength(2);
});

test('what finds no room is said to be left out, and counted', () => {
  const table = new TextTable(10);
  const index = table.add('longer than ten');

  expect(table.texts[index]).toContain('left out');
  expect(table.leftOut).toBe(1);
});

test('whatever is added, all texts together stay below the limit in the page', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'binary' })), (texts) => {
      const table = new TextTable(200);
      for (const text of texts) table.add(text);
      const [, ...kept] = table.texts;

      // Brackets and commas come on top.
      expect(Buffer.byteLength(embeddedJson(kept))).toBeLessThanOrEqual(200 + kept.length + 2);
    }),
  );
});
