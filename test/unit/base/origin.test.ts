import { expect, test } from 'vitest';

import { formatSpan } from '../../../src/base/diagnostic.ts';
import { locate } from '../../../src/base/origin.ts';
import { isValues } from '../../../src/base/value.ts';
import { parseYaml } from '../../../src/base/yaml-source.ts';

test.each([
  ['a: say {{ x }}', 1, 11],
  ['a: "say {{ x }}"', 1, 12],
  ["a: 'say {{ x }}'", 1, 12],
  ['a: |\n  line\n    say {{ x }}\n', 3, 12],
  ['a: |2\n  say {{ x }}\n', 1, 4],
  ['a: >\n  say\n  {{ x }}\n', 2, 3],
  ['a: "\\t{{ x }}"', 1, 5],
])('the variable in %j is located at line %i, column %i, or the scalar is', (text, line, column) => {
  const source = parseYaml(text, 'f.yaml');
  const value = isValues(source.value) && typeof source.value['a'] === 'string' ? source.value['a'] : '';
  const before = value.slice(0, value.indexOf('x')).split('\n');

  const span = locate(source.spanAt(['a']), value, {
    line: before.length,
    column: (before.at(-1)?.length ?? 0) + 1,
    length: 1,
  });

  expect(formatSpan(span)).toBe(`f.yaml:${line}:${column}`);
});

test('a place in a whole file stays what it is', () => {
  expect(formatSpan(locate({ file: 'motd.hbs' }, 'a\nb', { line: 2, column: 1, length: 1 }))).toBe('motd.hbs:2:1');
});
