import { describe, expect, test } from 'vitest';

import { ConfigError } from '../../../src/base/errors.ts';
import { parseYaml } from '../../../src/base/yaml-source.ts';
import { finalLayer } from '../../../src/template/layer.ts';
import { hasTemplates, renderValue, renderWritten } from '../../../src/template/value.ts';
import { VariableScope } from '../../../src/template/variable-scope.ts';

const scope = VariableScope.of([finalLayer('test', { ports: [80, 443], name: 'web', on: true })]);
const at = { file: 'p.yaml', line: 1, column: 1, length: 1 };

describe('renderValue', () => {
  test('renders every text, keeps types, and leaves names alone', () => {
    const value = { a: '{{ports}}', b: ['{{name}}-1', 5, null], '{{name}}': { c: '{{on}}' } };

    expect(renderValue(value, scope, at)).toEqual({ a: [80, 443], b: ['web-1', 5, null], '{{name}}': { c: true } });
  });

  test('gives back the very same value when there is nothing to render', () => {
    const value = { a: [1, 'x'] };

    expect(renderValue(value, scope, at)).toBe(value);
    expect(hasTemplates(value)).toBe(false);
  });
});

test('renderWritten tells the problems of all texts, each where it is written', () => {
  const source = parseYaml('a: "{{nope}}"\nb:\n  - ok\n  - |\n    line\n    {{mope}}\n', 'vars.yaml');

  let found: ConfigError | undefined;
  try {
    renderWritten({ value: source.value, at: (path) => source.spanAt(path) }, scope);
  } catch (error) {
    found = error instanceof ConfigError ? error : undefined;
  }

  expect(found?.diagnostics.map(({ span, message }) => `${span.line}:${span.column} ${message}`)).toEqual([
    '1:7 `nope` is not defined',
    '6:7 `mope` is not defined',
  ]);
});
