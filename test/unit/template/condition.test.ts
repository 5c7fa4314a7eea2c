import { describe, expect, test } from 'vitest';

import { ConfigError } from '../../../src/base/errors.ts';
import type { Values } from '../../../src/base/value.ts';
import { compileCondition, evaluateExpression } from '../../../src/template/condition.ts';
import { finalLayer } from '../../../src/template/layer.ts';
import { VariableScope } from '../../../src/template/variable-scope.ts';

const vars: Values = {
  host: 'n1',
  groups: { server: ['n1'], 'k3s-agent': ['n2', 'n3'] },
  result: { rc: 0, stdout: '5', changed: true, failed: false, stdout_lines: ['5'] },
  skipped: { changed: false, skipped: true },
  broken: { failed: true, rc: 1 },
  memory: 8000,
  share: 0.5,
  k3s_version: 'v1.31.2+k3s1',
  enabled: true,
  answer: 'yes',
  nothing: null,
  users: [
    { name: 'ann', admin: true },
    { name: 'bob', admin: false },
  ],
  list: ['a', 'b'],
  map: { a: 1 },
  string: 'text',
};
const scope = VariableScope.of([finalLayer('test', vars)]);
const at = { file: 'p.yaml', line: 3, column: 11 };
const somewhere = { ...at, length: 10 };

function problem(text: string): string {
  try {
    compileCondition(text, { ...at, length: text.length }).evaluate(scope);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.diagnostics
      .map(
        ({ span, message, hint }) =>
          `${span.line}:${span.column}+${span.length} ${message}${hint === undefined ? '' : ` | ${hint}`}`,
      )
      .join('\n');
  }
  return '';
}

describe('conditions', () => {
  test.each([
    [true, true],
    [false, false],
    ['true', true],
    ['enabled', true],
    ['!enabled', false],
    ['result.rc == 0 && result.changed', true],
    ['result.rc != 0 || host == "n1"', true],
    ['host in groups.server', true],
    ['host in groups["k3s-agent"]', false],
    ['groups["k3s-agent"][1] == "n3"', true],
    ['!(host in ["a", "b"])', true],
    ['"a" in map', true],
    ['memory / 1000 > 7', true],
    ['memory * share == 4000.0', true],
    ['memory % 7 == 6', true],
    ['memory > 100.5', true],
    ['int(result.stdout) == 5', true],
    ['size(users) == 2 && length(host) == 2', true],
    ['users.exists(u, u.admin)', true],
    ['users.all(u, u.admin)', false],
    ['users.filter(u, u.admin).map(u, u.name) == ["ann"]', true],
    ['nothing == null', true],
    ['host != null', true],
    ['result == null', false],
    ['defined(host)', true],
    ['defined(nope)', false],
    ['defined(result.nope.deeper)', false],
    ['defined(nothing.x)', false],
    ['defined(list[5])', false],
    ['!defined(nope) && enabled', true],
    ['default(nope, 5) == 5', true],
    ['default(result.nope, "x") == "x"', true],
    ['default(memory, 5) == 8000', true],
    ['bool(answer)', true],
    ['bool("off")', false],
    ['bool(1)', true],
    ['succeeded(result) && changed(result)', true],
    ['failed(broken) && !succeeded(broken)', true],
    ['skipped(skipped) && succeeded(skipped)', true],
    ['version(k3s_version, ">=", "1.31")', true],
    ['version(k3s_version, "<", "v1.31.2+k3s2")', true],
    ['host.matches("^n[0-9]$")', true],
    ['host.matches("(?i)N1")', true],
    ['host.startsWith("n") && host.endsWith("1") && host.contains("n1")', true],
    ['"ABC".lower() == "abc" && upper("a") == "A" && " x ".trim() == "x"', true],
    ['"a,b".split(",")[1] == "b" && ["a", "b"].join("-") == "a-b"', true],
    ['"a.b".replace(".", "$&") == "a$&b"', true],
    ['type(host) == string', false],
    ['type(memory) == int', true],
    ['list[0] == "a" && size(list) == 2', true],
    ['map.a == 1', true],
    ['string == "text"', true],
    ['enabled ? result.rc == 0 : false', true],
    ['result.rc == 0 // a comment', true],
  ])('%j is %j', (text, expected) => {
    expect(compileCondition(text, { ...at, length: String(text).length }).evaluate(scope)).toBe(expected);
  });

  test('name the variables they use, not those of their loops', () => {
    const { references } = compileCondition(
      'users.exists(u, u.name == host && defined(x.y)) || z[w] in [v]',
      somewhere,
    );

    expect([...references].toSorted()).toEqual(['host', 'users', 'v', 'w', 'x', 'z']);
  });
});

describe('expressions', () => {
  test.each([
    ['memory + 1', 8001],
    ['users.map(u, u.name)', ['ann', 'bob']],
    ['{"a": memory, "b": [share]}', { a: 8000, b: [0.5] }],
    ['result', vars['result']],
    ['"x" + host', 'xn1'],
    ['9007199254740993', '9007199254740993'],
    ['null', null],
  ])('%j is %j', (text, expected) => {
    expect(evaluateExpression(text, scope, somewhere)).toEqual(expected);
  });
});

describe('mistakes', () => {
  test.each([
    ['nope', '3:11+4 `nope` is not defined'],
    ['memroy > 5', '3:11+6 `memroy` is not defined | Did you mean `memory`?'],
    ['nope == 1 || true', '3:11+4 `nope` is not defined'],
    ['enabled && nope == 1', '3:22+4 `nope` is not defined'],
    ['result.chnaged', '3:18+7 `result` has no member `chnaged` | Did you mean `changed`?'],
    ['result.nope == 1 || true', '3:18+4 `result` has no member `nope` | It has rc, stdout'],
    ['host.name', '3:16+4 `host` is the text "n1" and has no member `name`'],
    ['nothing.x', '3:19+1 `nothing` is empty (null) and has no member `x`'],
    ['list[7] == "a"', '3:11+7 the list has no item 7'],
    ['answer', '3:11+6 the condition is the text "yes", which is neither true nor false | Write bool(answer)'],
    ['memory', '3:11+6 the condition is 8000, which is neither true nor false | Write memory != 0.'],
    ['list', '3:11+4 the condition is a list, which is neither true nor false | Write size(list) > 0.'],
    ['nothing', '3:11+7 the condition is empty (null), which is neither true nor false | Write nothing != null.'],
    [
      'answer && enabled',
      '3:11+6 `answer`: this is the text "yes", which is neither true nor false | Write bool(answer), or compare it.',
    ],
    ['!answer', '3:11+7 `!` does not work on a text | Write !bool(x), or compare it.'],
    [
      'result.stdout == 5',
      '3:11+18 the text "5" is compared with 5: they can never be the same | Convert one: int(x), string(x), bool(x).',
    ],
    ['enabled == "true"', '3:11+17 true is compared with the text "true": they can never be the same'],
    ['host > 5', '3:11+8 `>` does not work between a text and a number | Convert one of them'],
    ['result.rc = 0', '3:21+1 one `=` compares nothing | Write ==.'],
    ['{{ enabled }}', '3:11+13 conditions are written without braces | Write: enabled'],
    ['"{{ host }}" == "n1"', '3:11+20 conditions are written without braces | Write: host == "n1"'],
    ['', '3:11+1 the condition is empty'],
    ['1 +', 'this is no condition: unexpected token: EOF'],
    ['True', '3:11+4 `True` is Python | Write true.'],
    ['enabled == None', '3:22+4 `None` is Python | Write null.'],
    ['package == 1', '3:11+7 a variable cannot be named `package` in a condition'],
    ['sucedeed(result)', '3:11+16 there is no function `sucedeed` | Did you mean `succeeded`?'],
    ['version(host)', '3:11+13 `version` is not called like this | Write version(a, ">=", b).'],
    ['version(host, "=>", "1")', '`=>` is none of =='],
    ['failed(host)', 'a registered result is needed here'],
    ['bool("maybe")', 'this is the text "maybe", which is neither true nor false'],
    ['host.matches("(")', '`(` is no regular expression'],
    ['1 / 0 == 1', 'division by zero'],
  ])('%j', (text, expected) => {
    expect(problem(text)).toContain(expected);
  });

  test.each([
    ['x is defined', 'defined(x)'],
    ['x is not defined or y', '!defined(x) || y'],
    ['not enabled', '!enabled'],
    ['a and (b or c)', 'a && (b || c)'],
    ['x not in y and z', '!(x in y) && z'],
    ['result is changed', 'changed(result)'],
    ['result is not failed', '!failed(result)'],
    ["x | default('y') == 'y'", 'default(x, "y") == "y"'],
    ['x | default(false) | bool', 'bool(default(x, false))'],
    ['x | length > 0', 'size(x) > 0'],
    ["v is version('1.2', '>=')", 'version(v, ">=", "1.2")'],
    ["x is match('web.*')", 'x.matches("^web.*")'],
    ['result.stdout | int > 4', 'int(result.stdout) > 4'],
    ["x.stdout.find('a') and y", undefined],
    ["groups['a'] | length == 1 and x", 'size(groups["a"]) == 1 && x'],
    ["users | selectattr('a', 'equalto', 1) | list | length > 0", 'size(users.filter(i, i.a == 1)) > 0'],
    ['x is none', 'x == null'],
    ['a if b else c', 'b ? a : c'],
    ["d.get('k', 1) == 1 and x", 'default(d["k"], 1) == 1 && x'],
  ])('Jinja is answered with CEL: %j', (jinja, cel) => {
    expect(problem(jinja)).toContain(
      cel === undefined ? 'Write && for and' : `this condition is Jinja | Write: ${cel}`,
    );
  });

  test('a catastrophic pattern is stopped after a second', () => {
    expect(problem(`"${'a'.repeat(40)}!".matches("(a+)+$")`)).toContain(
      'took longer than 1 s on a text of 41 characters',
    );
  });
});
