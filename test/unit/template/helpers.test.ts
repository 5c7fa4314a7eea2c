import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import { ConfigError } from '../../../src/base/errors.ts';
import type { Value, Values } from '../../../src/base/value.ts';
import { helpers } from '../../../src/template/helpers/table.ts';
import { parseJinja } from '../../../src/template/jinja/jinja.ts';
import { toHandlebars } from '../../../src/template/jinja/to-handlebars.ts';
import { finalLayer } from '../../../src/template/layer.ts';
import { renderNative } from '../../../src/template/render.ts';
import { VariableScope } from '../../../src/template/variable-scope.ts';

const environment = (name: string) => (name === 'HOME' ? '/root' : undefined);

function evaluate(expression: string, vars: Values = {}): Value {
  const scope = VariableScope.of([finalLayer('test', vars)], environment);
  return renderNative(`{{${expression}}}`, scope, { file: 't.hbs' });
}

function problem(expression: string, vars: Values = {}): string {
  try {
    evaluate(expression, vars);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.diagnostics.map(({ message, hint }) => (hint === undefined ? message : `${message} | ${hint}`)).join();
  }
  return '';
}

describe("Ansible's filters, written as helpers, give what Ansible gives", () => {
  interface Fixture {
    readonly variables: Values;
    readonly expressions: readonly { readonly jinja: string; readonly value: Value }[];
  }
  const file = new URL('../../fixtures/ansible-filters.json', import.meta.url);
  const { variables, expressions }: Fixture = JSON.parse(readFileSync(file, 'utf8'));

  test.each(expressions)('$jinja', ({ jinja, value }) => {
    const parsed = parseJinja(jinja);
    const written = parsed === undefined ? '' : (toHandlebars(parsed, helpers) ?? '');

    expect(evaluate(written, variables)).toEqual(value);
  });
});

describe('values', () => {
  test.each<[string, Value]>([
    ['array 1 "a" null', [1, 'a', null]],
    ['add "a" "b"', 'ab'],
    ['add (array 1) (array 2)', [1, 2]],
    ['sub 5 "2"', 3],
    ['mul 2 1.5', 3],
    ['div 7 2', 3.5],
    ['mod -7 3', 2],
    ['concat "a" 1 true', 'a1true'],
    ['range 3', [0, 1, 2]],
    ['range 1 7 2', [1, 3, 5]],
    ['range 3 0 -1', [3, 2, 1]],
    ['regex_replace "k3s-1.31" "(\\w+)-([\\d.]+)" "\\2 of \\1"', '1.31 of k3s'],
    ['regex_replace "abc" "(?P<x>b)" "[\\g<x>]"', 'a[b]c'],
    ['regex_replace "aXb" "(?i)x" "-"', 'a-b'],
    ['regex_search "K3S" "k3s" ignorecase=true', 'K3S'],
    ['regex_search "a=1" "(\\w)=(\\d)" "\\2"', '1'],
    ['regex_search "a=1" "(?P<name>\\w)=" "\\g<name>"', 'a'],
    ['int "0o17" base=8', 0],
    ['int "ff" base=16', 255],
    ['int true', 1],
    ['string (array 1 2)', '[1,2]'],
    ['string null', ''],
    ['to_json (array "a" null)', '["a",null]'],
    ['to_nice_json (array 1) indent=2', '[\n  1\n]'],
    ['to_yaml (dict (zip (array "a" "b") (array "yes" "0644")))', 'a: "yes"\nb: "0644"\n'],
    ['to_nice_yaml (dict (zip (array "a") (array (array 1 2))))', 'a:\n    - 1\n    - 2\n'],
    ['lookup (array 1 2) 5', null],
    ['keys (dict (zip (array "b" "a") (array 1 2)))', ['b', 'a']],
    ['values (dict (zip (array "b" "a") (array 1 2)))', [1, 2]],
    ['and 1 "" 2', ''],
    ['or 0 "" "x"', 'x'],
    ['not (array)', true],
    ['lt "a" "b"', true],
    ['ge 2 "2"', true],
    ['in "a" "cab"', true],
    ['in 5 (array 1 5)', true],
    ['eq (array 1 2) (array 1 2)', true],
    ['ne 1 "1"', true],
    ['version "1.31.2+k3s1" ">=" "v1.31"', true],
    ['version "1.31" "2.0" "<"', true],
    ['env "HOME"', '/root'],
    ['env "NOPE" "x"', 'x'],
    ['vars "a"', 5],
    ['vars (concat "a" "b") "none"', 'none'],
    ['mandatory a "needed"', 5],
    ['count "日本"', 2],
    ['hash "x" "md5"', '9dd4e461268c8034f5c8564e155c67a6'],
    ['comment "a\n\nb"', '# a\n#\n# b'],
    ['comment "a" "// "', '// a'],
    ['indent "a\nb" 2', 'a\n  b'],
    ['map (array "a" "b") "replace" "a" "x"', ['x', 'b']],
    ['map (array "a") attribute="name" default="none"', ['none']],
    ['selectattr (array) "x"', []],
    ['sort (array "b" "a") reverse=true', ['b', 'a']],
    ['reverse "abc"', 'cba'],
    ['round 2.5 0 "floor"', 2],
    ['float "1e3"', 1000],
    ['quote "it\'s"', "'it'\\''s'"],
    ['b64decode "w6k="', 'é'],
  ])('%s is %j', (expression, expected) => {
    expect(evaluate(expression, { a: 5 })).toEqual(expected);
  });
});

describe('mistakes', () => {
  test.each([
    ['join "a"', '`join`: the value must be a list, but is the text "a"'],
    ['add 1 "x"', '`add`: the value must be a number, but is the text "x"'],
    ['div 1 0', '`div`: a number cannot be divided by 0'],
    ['first (array)', '`first`: the list is empty'],
    ['bool "maybe"', '`bool`: the text "maybe" is neither true nor false'],
    ['upper (array)', '`upper`: the value must be text, but is a list'],
    ['combine 5 6', '`combine`: the value must be a mapping, but is 5'],
    ['from_json "{"', '`from_json`: the text is no JSON: '],
    ['from_yaml "a: [1"', '`from_yaml`: the text is no YAML: line 1: '],
    ['b64decode "a?"', '`b64decode`: the value is no Base64'],
    ['hash "x" "crc"', '`hash`: `crc` is no known checksum | There are sha256, sha512, sha384, sha1, md5.'],
    ['version "1" "=>" "2"', '`version`: `=>` is no operator | Did you mean `==`?'],
    ['regex_search "a" "("', '`regex_search`: `(` is no regular expression: /(/: Unterminated group'],
    ['env "NOPE"', '`env`: `NOPE` is not set in the environment | Set it, or give a fallback: {{env "NAME" ""}}.'],
    ['vars "nope"', '`vars`: `nope` is not defined | Give a fallback: {{vars name ""}}.'],
    ['mandatory nope "set nope"', '`mandatory`: set nope'],
    ['map (array 1) "uper"', '`map`: `uper` is no helper | Did you mean `upper`?'],
    ['map (array 1)', '`map`: `map` needs a helper or `attribute=` | Write {{map list attribute="name"}}.'],
    ['map (array 1) attribute="x"', '`map`: 1 has no member `x` | Give a `default=`.'],
    ['selectattr (array 1) "x" "nope"', '`selectattr`: `nope` is no test | There are defined, undefined, equalto'],
    ['range 1 1000000', '`range`: the range is endless or has more than 100000 numbers'],
    ['lookup 5 "a"', '`lookup`: 5 has no members'],
    ['sort (array "a" null)', '`sort`: an item to be sorted must be text, but is empty (null)'],
    ['split "a" ""', '`split`: the separator must not be empty'],
  ])('%s', (expression, expected) => {
    expect(problem(expression)).toContain(expected);
  });
});

test('every helper says how it is written, its own name first', () => {
  for (const [name, { usage, summary }] of Object.entries(helpers)) {
    expect(usage.split(' ')[0]).toBe(name);
    expect(summary).toMatch(/^[A-Z].*\.$/);
  }
});
