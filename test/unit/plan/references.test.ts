import { describe, expect, test } from 'vitest';

import { FileStore } from '../../../src/plan/local-files.ts';
import { defines, needs, needsFacts } from '../../../src/plan/references.ts';
import { folderWith, indent, loadFirstPlay } from '../../helpers/playbook-files.ts';
import { runVariables, scopeIn } from '../../helpers/run-variables.ts';

function firstTask(task: string, vars = '{}') {
  const play = loadFirstPlay(`- hosts: all\n  vars: ${vars}\n  tasks:\n${indent(task, 4)}`);
  const [node] = play.body;
  if (node === undefined || node.kind === 'flush' || node.kind === 'block') throw new Error('no task');
  return { play, node };
}

function needsOf(task: string, { vars = '{}', inventory = '', files = {} } = {}): string[] {
  const { play, node } = firstTask(task, vars);
  const scope = scopeIn(runVariables({ web1: inventory }), 'web1', play).forTask(node);
  return [...needs(node, scope, new FileStore().within([folderWith(files)]))].toSorted();
}

describe('what a task needs', () => {
  test.each([
    ['- command: uname', []],
    ['- command: echo {{ a }} {{ b.c }}', ['a', 'b']],
    ['- command: x\n  when: [a.rc == 0, b in c]', ['a', 'b', 'c']],
    ['- command: x\n  args: { chdir: "{{ dir }}" }\n  environment: { P: "{{ path }}" }', ['dir', 'path']],
    [
      '- command: x\n  become: "{{ root }}"\n  become_user: "{{ who }}"\n  delegate_to: "{{ there }}"',
      ['root', 'there', 'who'],
    ],
    ['- command: echo {{ item }} {{ n }}\n  loop: "{{ list }}"\n  loop_control: { index_var: n }', ['list']],
    ['- command: x\n  undo: stop {{ name }}\n  timeout: "{{ time }}"', ['name', 'time']],
    ['- debug: { var: result.stdout }', ['result']],
    ['- debug: { msg: "{{ vars name }}" }', ['*', 'name']],
    ['- include_tasks: "{{ kind }}.yaml"\n  when: wanted', ['kind', 'wanted']],
    ['- command: x\n  register: r\n  changed_when: r.rc == 1\n  notify: "{{ handler }}"', []],
  ])('%s', (task, names) => {
    expect(needsOf(task)).toEqual(names);
  });

  test('is followed through the variables that it names', () => {
    const found = needsOf('- command: echo {{ url }}', {
      vars: '{ url: "http://{{ address }}:{{ port }}", unused: "{{ x }}" }',
      inventory: 'address: "{{ probe.stdout }}"\nport: 80\n',
    });

    expect(found).toEqual(['address', 'port', 'probe', 'url']);
  });

  test('includes what its template file uses, also with a loop over the files', () => {
    const files = {
      'templates/a.hbs': 'x {{ one }} {{#each list}}{{ two }}{{/each}}',
      'templates/b.hbs': '{{ three }}',
    };

    expect(needsOf('- template: { src: a.hbs, dest: /a }', { files })).toEqual(['list', 'one', 'two']);
    const loop = '- template: { src: "{{ item }}.hbs", dest: /a }\n  loop: [a, b]';
    expect(needsOf(loop, { files })).toEqual(['list', 'one', 'three', 'two']);
    expect(needsOf('- template: { src: "{{ later }}.hbs", dest: /a }', { files })).toEqual(['*', 'later']);
  });
});

test.each([
  ['- command: x', []],
  ['- command: x\n  register: r', ['r']],
  ['- set_fact: { a: 1, b: 2, cacheable: yes }\n  register: r', ['r', 'a', 'b']],
])('%s defines %j', (task, names) => {
  const { node } = firstTask(task);

  expect(node.kind === 'task' && [...defines(node)]).toEqual(names);
});

test.each([
  [['ansible_kernel'], true],
  [['ansible_facts', 'x'], true],
  [['*'], true],
  [['ansible_host', 'ansible_check_mode', 'inventory_hostname'], false],
  [['ansible_loop', 'x'], false],
])('%j needs facts: %s', (names, expected) => {
  const { play } = firstTask('- command: x');

  expect(needsFacts(new Set(names), scopeIn(runVariables({ web1: '' }), 'web1', play).scope())).toBe(expected);
});
