import { assert, constantFrom, pre, property, string } from 'fast-check';
import Handlebars from 'handlebars';
import { describe, expect, test } from 'vitest';

import { ConfigError } from '../../../src/base/errors.ts';
import type { Values } from '../../../src/base/value.ts';
import { finalLayer } from '../../../src/template/layer.ts';
import { renderNative, renderText } from '../../../src/template/render.ts';
import { VariableScope } from '../../../src/template/variable-scope.ts';

const vars: Values = {
  name: 'web',
  count: 2,
  zero: 0,
  empty: '',
  yes: true,
  no: false,
  nothing: null,
  ports: [80, 443],
  none: [],
  users: [
    { name: 'ann', keys: ['a1', 'a2'] },
    { name: 'bob', keys: [] },
  ],
  limits: { cpu: 4, memory: { max: '2G' } },
  'k3s-version': 'v1.31.2+k3s1',
  html: '<&"\'`=',
  version: '1.2',
};

const scope = VariableScope.of([finalLayer('test', vars)]);

function problems(source: string): readonly string[] {
  try {
    renderText(source, scope, { file: 't.hbs' });
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.diagnostics.map(
      ({ span, message, hint }) => `${span.line}:${span.column} ${message}${hint === undefined ? '' : ` | ${hint}`}`,
    );
  }
  return [];
}

describe('what Handlebars can do, we do alike', () => {
  const handlebars = Handlebars.create();
  handlebars.registerHelper('raw', (options: Handlebars.HelperOptions) => options.fn(undefined));

  test.each([
    'plain text with } and { and $',
    '{{name}} and {{ count }}, {{{html}}} {{html}} {{&html}}',
    '[{{nothing}}] {{zero}} {{yes}} {{no}} [{{empty}}]',
    '{{limits.cpu}} {{limits.memory.max}} {{this.name}} {{./name}} {{limits/cpu}}',
    '{{[k3s-version]}} {{k3s-version}}',
    '{{users.[1].name}} {{ports.length}} {{ports.[0]}}',
    '{{#if yes}}a{{else}}b{{/if}} {{#if zero}}a{{else}}b{{/if}} {{#if none}}a{{else}}b{{/if}} {{#if limits}}a{{/if}}',
    '{{#unless no}}a{{else}}b{{/unless}} {{#unless name}}a{{else}}b{{/unless}}',
    '{{#if no}}a{{else if yes}}b{{else}}c{{/if}}',
    '{{#each ports}}{{this}} {{@index}} {{@first}} {{@last}} {{/each}}',
    '{{#each none}}a{{else}}nothing{{/each}} {{#each nothing}}a{{else}}b{{/each}}',
    '{{#each limits.memory}}{{@key}}={{this}}{{/each}}',
    '{{#each users}}{{name}}: {{#each keys}}{{this}} of {{../name}} {{@../index}}{{@index}}, {{/each}}{{/each}}',
    '{{#each users as |user i|}}{{i}}{{user.name}}{{#each user.keys as |key|}}-{{user.name}}{{key}}{{/each}}{{/each}}',
    '{{#each users}}{{@root.name}} {{../name}} {{#if name}}{{../count}}{{/if}}{{/each}}',
    '{{#with limits}}{{cpu}} {{memory.max}} {{../name}}{{/with}} {{#with nothing}}a{{else}}b{{/with}}',
    '{{#with limits as |l|}}{{l.cpu}}{{/with}}',
    '{{#users}}{{name}},{{/users}} {{#yes}}{{name}}{{/yes}} {{#no}}a{{/no}}{{^no}}b{{/no}} {{#limits}}{{cpu}}{{/limits}}',
    'a {{~name~}} b {{~#if yes~}} c {{~/if~}} d',
    'x:\n  {{#each ports}}\n  - {{this}}\n  {{/each}}\nend\n',
    'a\r\n{{#if yes}}\r\nb\r\n{{/if}}\r\nc\r\n',
    '{{! a comment }}a{{!-- with {{braces}} --}}b',
    '\\{{ name }} \\\\{{name}} {{{{raw}}}} {{ template "base" . }} {{{{/raw}}}}',
    '{{lookup ports 1}} {{#each ports}}{{lookup ../ports @index}} {{/each}}'.replace(
      '{{lookup ../users @index}}',
      '{{@index}}',
    ),
    '日本 {{name}} 語',
  ])('%j', (source) => {
    const expected = handlebars.compile(source, { noEscape: true, strict: false })(vars);

    expect(renderText(source, scope, { file: 't.hbs' })).toBe(expected);
  });
});

describe('values', () => {
  test.each([
    ['{{limits}}', '{"cpu":4,"memory":{"max":"2G"}}'],
    ['{{ports}} {{none}}', '[80,443] []'],
    ['{{"text"}} {{5}} {{true}} [{{null}}]', 'text 5 true []'],
    ['{{version}}', '1.2'],
  ])('%j is printed as %j', (source, expected) => {
    expect(renderText(source, scope, { file: 't.hbs' })).toBe(expected);
  });

  test.each([
    ['{{ports}}', [80, 443]],
    ['{{ limits.cpu }}', 4],
    ['{{default nope ports}}', [80, 443]],
    ['{{split "a,b" ","}}', ['a', 'b']],
    ['{{nothing}}', null],
    ['{{yes}}', true],
    ['{{eq count 2}}', true],
    ['{{ports}} ', '[80,443] '],
    ['{{count}}{{count}}', '22'],
    ['no braces', 'no braces'],
  ])('%j as a whole is the value %j', (source, expected) => {
    expect(renderNative(source, scope, { file: 't.hbs' })).toEqual(expected);
  });

  test('a text of Go templates between raw marks stays as it is', () => {
    const text = string({ unit: constantFrom('{', '}', ' ', '.', 'a', '\n', '"', '%', '#', '/', '~', '\\') });
    assert(
      property(text, (inner) => {
        pre(!inner.includes('{{{{'));
        expect(renderText(`{{{{raw}}}}<${inner}>{{{{/raw}}}}`, scope, { file: 't.hbs' })).toBe(`<${inner}>`);
      }),
    );
  });

  test('a text without braces is its own rendering', () => {
    assert(
      property(string({ unit: 'binary' }), (text) => {
        pre(!text.includes('{'));
        expect(renderText(text, scope, { file: 't.hbs' })).toBe(text);
      }),
    );
  });
});

describe('variables that are missing', () => {
  test('are all told at once, each at its place', () => {
    const source = `first: {{nope}}
{{#if nope2}}x{{/if}}{{#each nope3}}x{{/each}}{{#with nope4}}x{{/with}}
{{upper nope5}} {{limits.disk}} {{limits.memory.mx}} {{nothing.a}} {{name.b}} {{ports.[7]}} {{ports.a}}
{{#each users}}{{nam}} {{count}}{{/each}} {{join ports sep}} {{@index}} {{../../x}} {{coutn}}`;

    expect(problems(source)).toEqual([
      '1:10 `nope` is not defined | Did you mean `none`?',
      '2:7 `nope2` is not defined',
      '2:30 `nope3` is not defined',
      '2:55 `nope4` is not defined',
      '3:9 `nope5` is not defined',
      '3:19 `limits` has no member `disk` | It has cpu, memory.',
      '3:35 `limits.memory` has no member `mx` | Did you mean `max`?',
      '3:56 `nothing` is empty (null) and has no member `a`',
      '3:70 `name` is the text "web" and has no member `b`',
      '3:81 `ports` has no item 7: it has 2',
      '3:95 `ports` is a list and has no member `a` | Items are written ports.[0], or {{#each ports}}.',
      '4:18 `this` has no member `nam` | Did you mean `name`?',
      '4:26 `this` has no member `count` | Write {{@root.count}}: inside `#each` and `#with`, names belong to the item.',
      '4:56 `sep` is not defined',
      '4:64 `@index` has a value inside `#each` only',
      '4:75 `../../x` leads out of the template',
      '4:87 `coutn` is not defined | Did you mean `count`?',
    ]);
  });

  test.each([
    ['{{default nope "x"}}', 'x'],
    ['{{default limits.disk.size 5}}', '5'],
    ['{{default nope.a.b 5}}', '5'],
    ['{{d name "x"}}', 'web'],
    ['{{default nothing "x"}}', ''],
    ['{{default empty "x" true}}', 'x'],
    ['{{defined nope}} {{defined name}} {{defined limits.cpu}} {{defined limits.disk}}', 'false true true false'],
    ['{{#if (defined nope)}}a{{else}}b{{/if}}', 'b'],
    ['{{#if (and (defined limits) limits.cpu)}}a{{/if}}', 'a'],
  ])('%j accepts them', (source, expected) => {
    expect(renderText(source, scope, { file: 't.hbs' })).toBe(expected);
  });

  test.each([
    'constructor',
    '__proto__',
    'toString',
    'name.constructor',
    'limits.__proto__',
    'ports.push',
    'ports.map',
  ])('%s is one of them: prototypes are never read', (path) => {
    expect(problems(`{{${path}}}`)).toHaveLength(1);
    expect(renderText(`{{default ${path} "safe"}}`, scope, { file: 't.hbs' })).toBe('safe');
  });
});

describe('mistakes', () => {
  test.each([
    ['a\n{{#if yes}}', ['2:1 the block `{{#if}}` is never closed | Write {{/if}} where it ends.']],
    [
      '{{#if yes}}\n{{/each}}',
      [
        '2:1 `{{/each}}` closes another block than the one that is open | The block that is open here is {{#if}} of line 1: close it with {{/if}}.',
      ],
    ],
    ['a {{/if}}', ['1:3 `{{/if}}` closes no block']],
    ['{{else}}', ['1:1 `{{else}}` stands outside of a block']],
    ['a {{name', ['1:3 `{{` is never closed | Write \\{{ for braces that are no template.']],
    ['{{}}', ['1:1 there is nothing between the braces']],
    ['{{uper name}}', ['1:3 `uper` is no helper | Did you mean `upper`?']],
    ['{{upper}}', ['1:3 `upper` is not defined']],
    ['{{replace name "a"}}', ['1:1 `replace` needs 3 values | Write {{replace text old new}}.']],
    ['{{upper name name}}', ['1:1 `upper` takes one value, not 2 | Write {{upper text}}.']],
    ['{{sort ports revers=true}}', ['1:14 `sort` takes no `revers=` | Did you mean `reverse`?']],
    ['{{upper name x=1}}', ['1:14 `upper` takes no `x=`']],
    ['{{join name ","}}', ['1:1 `join`: the value must be a list, but is the text "web"']],
    ['{{#each name}}{{/each}}', ['1:9 `#each` needs a list or a mapping, but this is the text "web"']],
    ['{{#each}}{{/each}}', ['1:1 `{{#each}}` is written wrongly | Write {{#each list}} or {{#each list as |item|}}.']],
    [
      '{{#eq a b}}{{/eq}}',
      ['1:1 `{{#eq}}` is written wrongly | The blocks are #if, #unless, #each, #with: write {{#if (eq ...)}}.'],
    ],
    [
      '{{> header}}',
      [
        '1:1 partials (`{{> name}}`) are not supported | Write the text here, or render another template with the module `template`.',
      ],
    ],
    ['{{@host}}', ['1:3 `@host` is not known | There are @root, @index, @key, @first, @last.']],
    ['{{env "HOME"}}', ['1:1 `env`: the environment cannot be read here']],
  ])('%j', (source, expected) => {
    expect(problems(source)).toEqual(expected);
  });

  test('in one line of a file are found at their columns', () => {
    const at = { file: 'play.yaml', line: 7, column: 12, length: 21 };

    expect(() => renderText('echo {{nope}} {{mope}}', scope, { ...at, length: 22 })).toThrow(
      expect.objectContaining({
        diagnostics: [
          expect.objectContaining({ span: { file: 'play.yaml', line: 7, column: 19, length: 4 } }),
          expect.objectContaining({ span: { file: 'play.yaml', line: 7, column: 28, length: 4 } }),
        ],
      }),
    );
  });
});

describe('what people write who come from Jinja or Go', () => {
  test.each([
    ["{{ x | default('y') }}", 'is Jinja | Write {{default x "y"}}.'],
    ['{{ x | default("y") | upper }}', 'is Jinja | Write {{upper (default x "y")}}.'],
    ['{{ x == 1 }}', 'is Jinja | Write {{eq x 1}}.'],
    ['{{#if x == "a" and y}}1{{/if}}', 'is Jinja | Write {{#if (and (eq x "a") y)}}.'],
    ['{{#if x is defined}}1{{/if}}', 'is Jinja | Write {{#if (defined x)}}.'],
    ['{{ a.b[0] }}', 'is Jinja | Write {{a.b.[0]}}.'],
    ["{{ a['b'].c }}", 'is Jinja | Write {{a.b.c}}.'],
    ["{{ groups['k3s server'][0] }}", 'is Jinja | Write {{groups.[k3s server].[0]}}.'],
    ['{{ hostvars[inventory_hostname].x }}', 'is Jinja | Write {{lookup (lookup hostvars inventory_hostname) "x"}}.'],
    ['{{ x if y else z }}', 'is Jinja | Write {{ternary y x z}}.'],
    ['{{ a ~ "-" ~ b }}', 'is Jinja | Write {{concat (concat a "-") b}}.'],
    ['{{ a + 1 }}', 'is Jinja | Write {{add a 1}}.'],
    ['{{ not x }}', '1:8 `x` is not defined'],
    ['{{ x is not defined }}', 'is Jinja | Write {{not (defined x)}}.'],
    ['{{ x not in y }}', 'is Jinja | Write {{not (in x y)}}.'],
    ["{{ x is version('1.2', '>=') }}", 'is Jinja | Write {{version x ">=" "1.2"}}.'],
    ["{{ lookup('env', 'HOME') }}", 'is Jinja | Write {{env "HOME"}}.'],
    ["{{ x.split(',') | first }}", 'is Jinja | Write {{first (split x ",")}}.'],
    ["{{ l | map(attribute='name') | join(', ') }}", 'is Jinja | Write {{join (map l attribute="name") ", "}}.'],
    ["{{ l | selectattr('a', 'equalto', 5) | list }}", 'is Jinja | Write {{list (selectattr l "a" "equalto" 5)}}.'],
    ['{{ x | frobnicate }}', 'is Jinja | Templates are Handlebars: see docs/templates.md for the helpers.'],
    ['{{- name -}}', 'trims whitespace the way of Jinja and Go | Write {{~name~}}.'],
    ['{{ .Values.x }}', 'looks like a Go template'],
    ['{{ template "base" . }}', 'looks like a Go template'],
    ['{{ range .Items }}x{{ end }}', 'looks like a Go template'],
    ['{{list.0}}', 'is Jinja | Write {{list.[0]}}.'],
    ['{% if x %}a', 'is Jinja | Write {{#if condition}} ... {{/if}}'],
    ['{%- for x in y -%}a', 'is Jinja | Write {{#each list}} ... {{/each}}'],
    ['{% set x = 1 %}', 'is Jinja | Templates are Handlebars: set variables in `vars:`'],
    ['{# note #}', 'this comment is Jinja | Write {{!-- note --}}.'],
  ])('%j is answered', (source, expected) => {
    expect(problems(source).join('\n')).toContain(expected);
  });

  test.each(['printf "{%s}"', '${#list[@]}', '{{{{raw}}}}{% if %} {# x #}{{{{/raw}}}}', '{ {'])(
    '%j is left alone',
    (text) => {
      expect(problems(text)).toEqual([]);
    },
  );
});
