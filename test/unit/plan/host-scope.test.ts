import { describe, expect, test } from 'vitest';

import { memberOf } from '../../../src/base/value.ts';
import type { HostScope } from '../../../src/plan/host-scope.ts';
import type { Play, Task } from '../../../src/playbook/playbook.ts';
import { loadFirstPlay, printedError } from '../../helpers/playbook-files.ts';
import { runVariables, scopeIn, valuesOf } from '../../helpers/run-variables.ts';

/** Every place that can define `x`, each with its own name as the value. */
const files = {
  'site.yaml': `- hosts: all
  vars: { x: play vars, y: "{{ x }}!" }
  vars_files: [vars.yaml]
  roles:
    - { role: r, x: role params }
    - other
  tasks:
    - include_tasks: inner.yaml
      vars: { x: include vars }
    - block:
        - name: plain
          command: x
          vars: { x: task vars }
      vars: { x: block vars }
`,
  'vars.yaml': 'x: vars_files\n',
  'inner.yaml': '- name: included\n  command: x\n',
  'roles/r/defaults/main.yaml': 'x: role defaults\nd: of r\n',
  'roles/r/vars/main.yaml': 'x: role vars\nv: of r\n',
  'roles/r/tasks/main.yaml': '- name: in the role\n  command: x\n  vars: { x: task vars }\n',
  'roles/other/defaults/main.yaml': 'd: of other\no: seen by all\n',
  'roles/other/vars/main.yaml': 'v: of other\n',
};

function taskNamed(play: Play, name: string): Task {
  const tasks = play.body.flatMap((node) => (node.kind === 'include' ? (node.known?.nodes ?? []) : [node]));
  const found = tasks.find((node) => node.kind === 'task' && node.name === name);
  if (found?.kind !== 'task') throw new Error(`no task ${name}`);
  return found;
}

function hostScope(play: Play): HostScope {
  const scope = scopeIn(runVariables({ web1: 'x: inventory' }, 'x: extra vars'), 'web1', play);
  scope.setFacts({ host: { x: 'fact' }, set: { x: 'set_fact' } });
  return scope;
}

describe('the highest of these wins', () => {
  /** From the highest to the lowest; each is left out in turn. */
  const order = [
    'extra vars',
    'include vars',
    'role params',
    'set_fact',
    'include_vars',
    'task vars',
    'block vars',
    'role vars',
    'vars_files',
    'play vars',
    'inventory',
    'role defaults',
  ];

  /** The task that shows it, where that is not the one in the role. */
  const seenBy: Readonly<Record<string, string>> = { 'include vars': 'included', 'block vars': 'plain' };

  test('measured with Ansible by taking the winner away', () => {
    const text = Object.entries(files);
    const found: unknown[] = [];
    for (const [i] of order.entries()) {
      const gone = order.slice(0, i);
      const without = (source: string): string =>
        gone.reduce((rest, one) => rest.replaceAll(`x: ${one}`, 'z: 0'), source);
      const play = loadFirstPlay(Object.fromEntries(text.map(([name, source]) => [name, without(source)])));
      const run = runVariables({ web1: without('x: inventory') }, without('x: extra vars'));
      const scope = scopeIn(run, 'web1', play);
      if (!gone.includes('set_fact')) scope.set('x', 'set_fact');
      if (!gone.includes('include_vars')) scope.host.included.set('x', 'include_vars');
      found.push(scope.forTask(taskNamed(play, seenBy[order[i] ?? ''] ?? 'in the role')).get('x'));
    }

    expect(found).toEqual(order);
  });

  test('facts win over the inventory, and lose against the play', () => {
    const play = loadFirstPlay('- hosts: all\n  vars: { ansible_b: play }\n');
    const scope = scopeIn(runVariables({ web1: 'ansible_a: inventory\nansible_b: inventory' }), 'web1', play);

    scope.setFacts({ host: { a: 'fact', b: 'fact' } });

    expect(valuesOf(scope.scope(), ['ansible_a', 'ansible_b'])).toEqual(['fact', 'play']);
  });

  test('what a module learns has the place of its kind, in whichever order', () => {
    const play = loadFirstPlay('- hosts: all\n  vars: { ansible_kernel: play }\n');
    const scope = scopeIn(runVariables({ web1: '' }), 'web1', play);

    scope.setFacts({ set: { x: 'set_fact', ansible_facts: 'just a name' } });
    scope.setFacts({ included: { x: 'include_vars' } });
    scope.setFacts({ host: { kernel: 'fact' } });

    expect(valuesOf(scope.scope(), ['x', 'ansible_kernel'])).toEqual(['set_fact', 'play']);
  });
});

describe('the variables of roles', () => {
  test('are seen by every task of the play; a task of a role sees its own first', () => {
    const play = loadFirstPlay(files);
    const scope = hostScope(play);

    expect(valuesOf(scope.forTask(taskNamed(play, 'in the role')), ['d', 'v', 'o'])).toEqual([
      'of r',
      'of r',
      'seen by all',
    ]);
    expect(valuesOf(scope.forTask(taskNamed(play, 'plain')), ['d', 'v', 'o'])).toEqual([
      'of other',
      'of other',
      'seen by all',
    ]);
  });

  test('a role sees those of the roles it depends on, and its own win', () => {
    const play = loadFirstPlay({
      'site.yaml': '- hosts: all\n  tasks: [{ include_role: { name: a } }]\n',
      'roles/a/meta/main.yaml': 'dependencies: [b]\n',
      'roles/a/tasks/main.yaml': '- name: of a\n  command: x\n',
      'roles/a/defaults/main.yaml': 'x: a\n',
      'roles/b/defaults/main.yaml': 'x: b\ny: b\n',
    });
    const scope = scopeIn(runVariables({ web1: '' }), 'web1', play);

    expect(valuesOf(scope.forTask(taskNamed(play, 'of a')), ['x', 'y'])).toEqual(['a', 'b']);
    expect(valuesOf(scope.scope(), ['x', 'y'])).toEqual([undefined, undefined]);
  });
});

/** The play, with a name. */
const named = () =>
  loadFirstPlay({ ...files, 'site.yaml': files['site.yaml'].replace('- hosts', '- name: Web\n  hosts') });

describe('magic variables', () => {
  test('describe the host, the play and the role', () => {
    const scope = hostScope(named());
    const names = [
      'inventory_hostname',
      'group_names',
      'groups',
      'ansible_play_hosts',
      'ansible_play_name',
      'ansible_host',
    ];

    expect(valuesOf(scope.scope(), names)).toEqual([
      'web1',
      ['servers'],
      { all: ['web1'], servers: ['web1'] },
      ['web1'],
      'Web',
      'web1',
    ]);
    expect(scope.forTask(taskNamed(named(), 'in the role')).get('role_name')).toBe('r');
    expect(scope.scope().has('role_name')).toBe(false);
  });

  test('hostvars shows what other hosts know and have learnt, but nothing of plays', () => {
    const run = runVariables({ web1: '', web2: 'port: 80\nurl: "http://{{ inventory_hostname }}:{{ port }}"' });
    const [one, two] = ['web1', 'web2'].map((name) => scopeIn(run, name, named()));
    const see = (path: readonly string[]) => {
      let value = one?.scope().get('hostvars');
      for (const step of ['web2', ...path]) value = value === undefined ? undefined : memberOf(value, step);
      return value;
    };

    expect(see(['url'])).toBe('http://web2:80');
    expect(see(['token'])).toBeUndefined();
    two?.set('token', { stdout: 'secret {{ not rendered }}' });
    two?.setFacts({ host: { kernel: '6.1' } });
    expect(see(['token', 'stdout'])).toBe('secret {{ not rendered }}');
    expect([see(['ansible_facts', 'kernel']), see(['ansible_kernel'])]).toEqual(['6.1', '6.1']);
    expect(see(['y'])).toBeUndefined();
    expect(see(['hostvars'])).toBeUndefined();
  });
});

test('a variable follows what wins further in, and the loop`s item', () => {
  const play = loadFirstPlay(files);
  const scope = hostScope(
    loadFirstPlay({ ...files, 'site.yaml': files['site.yaml'].replace('{{ x }}!', '{{ item }}!') }),
  );

  expect(scope.forTask(taskNamed(play, 'plain'), { item: 'a' }).get('y')).toBe('a!');
  expect(scope.forTask(taskNamed(play, 'plain'), { item: 'b' }).get('y')).toBe('b!');
});

test('what a host printed is never rendered', () => {
  const scope = hostScope(loadFirstPlay(files));

  scope.set('result', { stdout: '{{ inventory_hostname }}' });

  expect(scope.scope().get('result')).toEqual({ stdout: '{{ inventory_hostname }}' });
});

test('explain says which layer a variable comes from', () => {
  const play = loadFirstPlay(files);
  const run = runVariables({ web1: 'x: inventory' });
  const scope = scopeIn(run, 'web1', play);
  const at = (name: string, task: string) => scope.explain(name, taskNamed(play, task))?.layer;

  expect([
    at('x', 'plain'),
    at('x', 'in the role'),
    at('x', 'included'),
    at('d', 'plain'),
    at('nothing', 'plain'),
  ]).toEqual([
    'vars of the task or its blocks',
    'parameters of a role or include',
    'parameters of a role or include',
    'defaults of the role other',
    undefined,
  ]);
});

const withVarsFiles = (entry: string) =>
  loadFirstPlay({
    'site.yaml': `- hosts: all\n  vars_files: ${entry}\n`,
    'a.yaml': 'x: of a\n',
    'b.yaml': 'x: of b\n',
  });

const read = (entry: string) =>
  scopeIn(runVariables({ web1: 'which: b' }), 'web1', withVarsFiles(entry))
    .scope()
    .get('x');

describe('vars_files', () => {
  test('the last file wins; of a list, the first that exists is read', () => {
    expect([read('[a.yaml, b.yaml]'), read('[["missing.yaml", "{{ which }}.yaml", a.yaml]]')]).toEqual([
      'of b',
      'of b',
    ]);
  });

  test('a name that depends on facts says what to use instead', () => {
    expect(printedError(() => read('["{{ ansible_os_family }}.yaml"]'), '/nowhere').replaceAll(/\S+site/g, 'site'))
      .toMatchInlineSnapshot(`
        "site.yaml:2:20: \`ansible_os_family\` is not defined
          1 | - hosts: all
        > 2 |   vars_files: ["{{ ansible_os_family }}.yaml"]
            |                    ~~~~~~~~~~~~~~~~~
          3 | 
          hint: \`vars_files\` are read before the host is reached; for names made of facts there is \`include_vars\`."
      `);
  });
});
