import { describe, expect, test } from 'vitest';

import { ConfigError } from '../../../src/base/errors.ts';
import { parseYaml } from '../../../src/base/yaml-source.ts';
import { ResultLayer, finalLayer, yamlLayer } from '../../../src/template/layer.ts';
import type { Layer } from '../../../src/template/layer.ts';
import { VariableScope } from '../../../src/template/variable-scope.ts';

function layer(text: string, file = 'vars.yaml'): Layer {
  return yamlLayer(parseYaml(text, file));
}

/** A layer that counts how often each variable's text is asked for its place, which is when it is rendered. */
function counted(inner: Layer): { readonly layer: Layer; readonly renders: () => number } {
  let count = 0;
  const get: Layer['get'] = (name) => {
    const written = inner.get(name);
    if (written === undefined) return undefined;
    return {
      value: written.value,
      at: (path) => {
        count++;
        return written.at(path);
      },
    };
  };
  return { layer: { ...inner, get }, renders: () => count };
}

describe('layers', () => {
  test('the last one that has a name wins', () => {
    const scope = VariableScope.of([layer('a: 1\nb: 1'), layer('b: 2\nc: 2')]);

    expect([scope.get('a'), scope.get('b'), scope.get('c'), scope.get('d')]).toEqual([1, 2, 2, undefined]);
    expect([scope.has('a'), scope.has('d')]).toEqual([true, false]);
    expect([...scope.names()].toSorted()).toEqual(['a', 'b', 'c']);
    expect(scope.origin('b')?.layer).toBe('vars.yaml');
  });

  test('a variable follows what inner layers say of the variables it uses', () => {
    const group = VariableScope.of([layer('url: "http://{{host}}:{{port}}"\nhost: group\nport: 80')]);
    const play = group.child(layer('host: play'));

    expect(group.get('url')).toBe('http://group:80');
    expect(play.get('url')).toBe('http://play:80');
    expect(play.child(layer('port: 81')).get('url')).toBe('http://play:81');
    expect(group.get('url')).toBe('http://group:80');
  });

  test('a variable with a fallback follows an inner layer that defines what was missing', () => {
    const group = VariableScope.of([layer('a: "{{default b \'none\'}}"')]);

    expect(group.get('a')).toBe('none');
    expect(group.child(layer('b: some')).get('a')).toBe('some');
  });

  test('children share what was rendered as long as they change nothing of it', () => {
    const { layer: outer, renders } = counted(layer('url: "http://{{host}}"\nhost: "{{name}}.example.com"\nname: n1'));
    const host = VariableScope.of([outer]);
    const tasks = ['a: 1', 'b: 2', 'c: 3'].map((text) => host.child(layer(text)));

    expect(tasks.map((task) => task.get('url'))).toEqual(Array(3).fill('http://n1.example.com'));
    const once = renders();
    host.child(layer('d: 4')).get('url');
    expect(renders()).toBe(once);
    expect(host.child(layer('name: n2')).get('url')).toBe('http://n2.example.com');
    expect(renders()).toBeGreaterThan(once);
  });

  test('native types survive on the way', () => {
    const scope = VariableScope.of([layer('ports: [80, "{{extra}}"]\nextra: 443\nall: "{{ports}}"')]);

    expect(scope.get('all')).toEqual([80, 443]);
  });
});

describe('results', () => {
  test('are never rendered, whatever a host printed', () => {
    const results = new ResultLayer();
    const scope = VariableScope.of([layer('secret: s3cret'), results]);
    results.set('out', { stdout: '{{secret}} {% if %}' });

    expect(scope.get('out')).toEqual({ stdout: '{{secret}} {% if %}' });
    expect(VariableScope.of([results]).child(layer('x: "got {{out.stdout}}"')).get('x')).toBe(
      'got {{secret}} {% if %}',
    );
  });

  test('are seen by what was rendered before they came', () => {
    const results = new ResultLayer();
    const scope = VariableScope.of([layer('a: "{{default r 1}}"'), results]);
    expect(scope.get('a')).toBe(1);

    results.set('r', 2);
    expect(scope.get('a')).toBe(2);

    results.set('r', 3);
    expect(scope.child(layer('x: 1')).get('a')).toBe(3);
    expect(results.entries()).toEqual({ r: 3 });
  });

  test('final layers may compute a value when it is used', () => {
    let count = 0;
    const values = {
      get hostvars() {
        count++;
        return { n1: { x: 1 } };
      },
    };
    const scope = VariableScope.of([finalLayer('magic', values)]);

    expect(count).toBe(0);
    expect(scope.get('hostvars')).toEqual({ n1: { x: 1 } });
  });
});

function problem(scope: VariableScope, name: string): string {
  try {
    scope.get(name);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.diagnostics
      .map(({ span, message }) => `${span.file}:${span.line}:${span.column} ${message}`)
      .join('\n');
  }
  return '';
}

describe('mistakes', () => {
  test('a cycle is told with its path', () => {
    const scope = VariableScope.of([layer('x: "{{y}}"\ny: "a {{z.b}}"\nz: {b: "{{x}}"}')]);

    expect(problem(scope, 'x')).toBe('vars.yaml:1:5 `x` refers to itself: x → y → z → x');
    expect(problem(scope, 'y')).toContain('y → z → x → y');
  });

  test('a variable cannot be made of what it hides', () => {
    const scope = VariableScope.of([layer('path: /bin'), layer('path: "{{path}}:/opt"', 'play.yaml')]);

    expect(problem(scope, 'path')).toBe('play.yaml:1:8 `path` refers to itself: path → path');
  });

  test('a mistake in a variable is told where the variable is written, also when somebody else uses it', () => {
    const scope = VariableScope.of([
      layer('a: 1\nurl: "http://{{hots}}"', 'group_vars/web.yaml'),
      layer('b: "{{url}}/x"'),
    ]);

    expect(problem(scope, 'b')).toBe('group_vars/web.yaml:2:16 `hots` is not defined');
  });
});

test('reach follows templates through variables', () => {
  const results = new ResultLayer();
  results.set('r', '{{no}}');
  const scope = VariableScope.of([layer('a: "{{b.c}}"\nb: ["{{r}}"]\nd: "{{vars a}}"\ne: 1'), results]);

  expect([...scope.reach(['a', 'e', 'nope'])].toSorted()).toEqual(['a', 'b', 'e', 'nope', 'r']);
  expect(scope.reach(['d']).has('*')).toBe(true);
});
