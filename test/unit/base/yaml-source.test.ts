import { describe, expect, test } from 'vitest';

import { formatSpan, renderDiagnostic } from '../../../src/base/diagnostic.ts';
import { readBoolean } from '../../../src/base/read-boolean.ts';
import { parseYaml } from '../../../src/base/yaml-source.ts';
import type { YamlPath } from '../../../src/base/yaml-source.ts';

function messages(text: string): string {
  const { diagnostics } = parseYaml(text, 'f.yaml');
  return diagnostics.map((one) => renderDiagnostic(one, () => undefined)).join('\n');
}

describe('values', () => {
  test.each([
    ['a: 0644', { a: '0644' }],
    ['a: -012', { a: '-012' }],
    ['a: 0o17', { a: '0o17' }],
    ['a: 0', { a: 0 }],
    ['a: 0.5', { a: 0.5 }],
    ['a: 0xff', { a: 255 }],
    ['a: 99999999999999999999', { a: '99999999999999999999' }],
    ['a: yes', { a: 'yes' }],
    ['a: true', { a: true }],
    ['a: ~', { a: null }],
    ['a:', { a: null }],
    ['a: 12:30:45', { a: '12:30:45' }],
    ['a: 2026-11-22', { a: '2026-11-22' }],
    ['1.10: x', { '1.10': 'x' }],
    ['null: 1', { null: 1 }],
    ['<<: {a: 1}\nb: 2', { a: 1, b: 2 }],
    ['x: &x {a: 1, b: 2}\ny: {<<: *x, b: 3}', { x: { a: 1, b: 2 }, y: { a: 1, b: 3 } }],
    ['x: &x {a: 1}\ny: &y {a: 2, c: 3}\nz: {<<: [*x, *y]}', { x: { a: 1 }, y: { a: 2, c: 3 }, z: { a: 1, c: 3 } }],
    ['a: "{{ x }}"', { a: '{{ x }}' }],
    ['', null],
    ['# only a comment', null],
  ])('%j is read as %j', (text, expected) => {
    const source = parseYaml(text, 'f.yaml');

    expect(JSON.parse(JSON.stringify(source.value))).toEqual(expected);
    expect(source.diagnostics).toEqual([]);
  });

  test('mappings have no prototype, so that no name is special', () => {
    const { value } = parseYaml('__proto__: {a: 1}\nconstructor: 2', 'f.yaml');

    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(Object.keys(value ?? {})).toEqual(['__proto__', 'constructor']);
  });

  test('a byte order mark is skipped and does not shift places', () => {
    const source = parseYaml('\uFEFFa: x\r\n', 'f.yaml');

    expect(formatSpan(source.spanAt(['a']))).toBe('f.yaml:1:4');
  });

  test('300 aliases of one value are fine', () => {
    const { diagnostics } = parseYaml(`x: &x {a: 1}\nl:\n${'  - *x\n'.repeat(300)}`, 'f.yaml');

    expect(diagnostics).toEqual([]);
  });
});

describe('places', () => {
  const text = `# comment
- name: one
  block: |
    first
    second
  quoted: "q {{ x }}"
  empty:
  list: [a, {b: c}]
  merged:
    <<: &m
      inner: 5
  mode: 0644
- *m
`;
  const source = parseYaml(text, 'p.yaml');

  test.each<[YamlPath, string, string, number]>([
    [[], 'p.yaml:2:1', 'p.yaml:2:1', 11],
    [[0], 'p.yaml:2:3', 'p.yaml:2:3', 9],
    [[0, 'name'], 'p.yaml:2:9', 'p.yaml:2:3', 3],
    [[0, 'block'], 'p.yaml:4:5', 'p.yaml:3:3', 5],
    [[0, 'quoted'], 'p.yaml:6:12', 'p.yaml:6:3', 9],
    [[0, 'empty'], 'p.yaml:7:9', 'p.yaml:7:3', 0],
    [[0, 'list', 1, 'b'], 'p.yaml:8:17', 'p.yaml:8:14', 1],
    [[0, 'merged', 'inner'], 'p.yaml:11:14', 'p.yaml:11:7', 1],
    [[0, 'nope', 'x'], 'p.yaml:2:3', 'p.yaml:2:3', 9],
    [[1, 'inner'], 'p.yaml:11:14', 'p.yaml:11:7', 1],
  ])('%j stands at %s, its key at %s', (path, value, key, length) => {
    expect(formatSpan(source.spanAt(path))).toBe(value);
    expect(formatSpan(source.keySpanAt(path))).toBe(key);
    expect(source.spanAt(path).length).toBe(length);
  });

  test('the source of a scalar is what was written', () => {
    expect(source.sourceAt([0, 'mode'])).toBe('0644');
    expect(source.sourceAt([0, 'name'])).toBe('one');
    expect(source.sourceAt([0, 'list'])).toBeUndefined();
    expect(source.sourceAt([0, 'nope'])).toBeUndefined();
  });
});

describe('problems', () => {
  test.each([
    ['a: {{ x }}', 'f.yaml:1:4: a text that starts with `{{` must be quoted\n  hint: Write "{{ x }}".'],
    ['a: {{ x }}/b # c', 'f.yaml:1:4: a text that starts with `{{` must be quoted\n  hint: Write "{{ x }}/b".'],
    ['a: {{ x "y" }}', `f.yaml:1:4: a text that starts with \`{{\` must be quoted\n  hint: Write '{{ x "y" }}'.`],
    ['a: [{{x}}, 2]', 'f.yaml:1:5: a text that starts with `{{` must be quoted\n  hint: Write "{{x}}".'],
    ['when: !done', 'f.yaml:1:7: the tag `!done` is not known\n  hint: Quote text that starts with `!`.'],
    [
      'a: !vault |\n  abc',
      'f.yaml:1:4: the tag `!vault` is not known\n  hint: Keep the secret out of the file: "{{env \'NAME\'}}" reads it when the playbook runs.',
    ],
    ['a:\n\t- x', 'f.yaml:2:1: a tab is used for indentation\n  hint: Indent with spaces: YAML forbids tabs.'],
    [
      'a: 1\na: 2',
      'f.yaml:2:1: `a` is written twice here\n  hint: Remove one of them: the later one would silently win.',
    ],
    [
      'a: 1.10',
      'f.yaml:1:4: warning: `1.10` is read as the number 1.1\n  hint: Write "1.10" in quotes if it is a version or a name.',
    ],
    ['a: .inf', 'f.yaml:1:4: `.inf` is not a number that JSON knows\n  hint: Write ".inf" in quotes.'],
    ['a: *nope', 'f.yaml:1:4: no anchor `&nope` stands before this alias\n  hint: Quote text that starts with `*`.'],
    ['a: &a {b: *a}', 'f.yaml:1:11: `*a` refers to a value that it is part of'],
    ['<<: 5', 'f.yaml:1:5: only mappings can be merged with `<<`'],
    [
      'a: b: c',
      'f.yaml:1:4: a mapping cannot start on this line\n  hint: Quote a text that holds ": ", or indent a nested mapping on the next line.',
    ],
    ['a: @x', 'f.yaml:1:4: an unquoted text cannot start with this character\n  hint: Put the value in quotes.'],
    [
      'a: 1\n---\nb: 2',
      'f.yaml:2:1: a second document starts here\n  hint: Keep one document in a file: put the rest in a file of its own.',
    ],
    ['? [x]\n: y', 'f.yaml:1:3: a key must be text\n  hint: Quote text that starts with `[`, `{` or `*`.'],
    [
      "a: 'it's'",
      'f.yaml:1:8: this does not belong here\n  hint: Put the whole value in quotes, or on lines of its own.',
    ],
  ])('%j is explained', (text, expected) => {
    expect(messages(text)).toBe(expected);
  });

  test('one slip is told once, and several slips all at once', () => {
    expect(parseYaml('a: {{ x }} and {{ y }}\nb: @x\nc: !d 1\n', 'f.yaml').diagnostics).toHaveLength(3);
  });

  test('an alias bomb is refused without being built', () => {
    const levels = Array.from({ length: 8 }, (_, i) => `b${i + 1}: &b${i + 1} [${`*b${i}, `.repeat(10)}]`);
    const bomb = `b0: &b0 [x, x, x, x, x, x, x, x, x, x]\n${levels.join('\n')}`;

    expect(messages(bomb)).toContain('the aliases in this file expand to too many values');
  });

  test.each([
    ['an endless list', '['.repeat(20_000)],
    ['a closed one', `${'['.repeat(20_000)}${']'.repeat(20_000)}`],
    ['nested dashes', `${'- '.repeat(5000)}x`],
    [
      'aliases in aliases',
      ['a0: &a0 x', ...Array.from({ length: 500 }, (_, i) => `a${i + 1}: &a${i + 1} [*a${i}]`)].join('\n'),
    ],
  ])('%s is refused for its depth', (_, text) => {
    expect(messages(text)).toContain('nested more than 200 levels deep');
  });
});

test.each([
  ['yes', true],
  ['On', true],
  ['TRUE', true],
  [1, true],
  [true, true],
  ['no', false],
  ['off', false],
  [0, false],
  ['maybe', undefined],
  [2, undefined],
  [null, undefined],
  [['yes'], undefined],
  ['constructor', undefined],
])('readBoolean reads %j as %j', (value, expected) => {
  expect(readBoolean(value)).toBe(expected);
});
