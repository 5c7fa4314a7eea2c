import { describe, expect, test } from 'vitest';

import type { Task } from '../../../src/playbook/playbook.ts';
import { defines } from '../../../src/plan/references.ts';
import { segmentLength } from '../../../src/run/segments.ts';
import { valueReferences } from '../../../src/template/references.ts';
import { indent, loadFirstPlay } from '../../helpers/playbook-files.ts';

/** What stands at the task itself; variables of the play are none of this test's business. */
function factsOf(task: Task) {
  const inCondition = task.when.flatMap(({ references }) => [...references]);
  return { needs: new Set([...inCondition, ...valueReferences(task.args.value, task.span)]), defines: defines(task) };
}

/** The names of the tasks that make the first segment. */
function segment(tasks: string, more: string = ''): string[] {
  const { body } = loadFirstPlay({
    'site.yaml': `- hosts: all\n${indent(more, 2)}\n  tasks:\n${indent(tasks.trim(), 4)}\n`,
    'inner.yaml': '- { name: inner, command: x }\n',
  });
  const names = body.map((node) => (node.kind === 'task' ? node.name : node.kind));
  return names.slice(0, segmentLength(body, factsOf));
}

const a = '- { name: a, command: x }';
const b = '- { name: b, command: x }';
const registers = '- { name: reg, command: x, register: r }';

describe('a segment', () => {
  const cases: [title: string, tasks: string[], names: string[]][] = [
    ['is all tasks when none needs another', [a, b, registers], ['a', 'b', 'reg']],
    [
      'ends before a condition on a registered result',
      [a, registers, '- { name: c, command: x, when: r.rc == 0 }'],
      ['a', 'reg'],
    ],
    ['ends before a template over it', [registers, b, '- { name: c, command: "{{r.stdout}}" }'], ['reg', 'b']],
    ['ends before a template that may name anything', [registers, '- { name: c, command: "{{vars name}}" }'], ['reg']],
    [
      'goes on over names that nobody has defined in it',
      [a, '- { name: c, command: "{{r.stdout}}" }', b],
      ['a', 'c', 'b'],
    ],
    [
      'ends before a use of what set_fact defines',
      ['- { name: set, set_fact: { r: 1 } }', a, '- { name: c, command: "{{r}}" }'],
      ['set', 'a'],
    ],
    ['ends before a task that is delegated', [a, '- { name: c, command: x, delegate_to: n2 }', b], ['a']],
    ['is that task alone', ['- { name: c, command: x, delegate_to: n2 }', b], ['c']],
    ['is a run_once task alone', ['- { name: c, command: x, run_once: true }', b], ['c']],
    ['ends before a run_once task', [a, '- { name: c, command: x, run_once: true }'], ['a']],
    ['is a throttled task alone', ['- { name: c, command: x, throttle: 1 }', b], ['c']],
    ['is a repeated task alone', ['- { name: c, command: x, until: result.rc == 0 }', b], ['c']],
    ['is a retried task alone', ['- { name: c, command: x, retries: 2 }', b], ['c']],
    ['is a task with a check mode of its own alone', ['- { name: c, command: x, check_mode: false }', b], ['c']],
    ['ends before a task that acts as another user', [a, '- { name: c, command: x, become: true }', b], ['a']],
    [
      'ends before a task that acts as yet another user',
      [
        '- { name: c, command: x, become: true, become_user: ana }',
        '- { name: d, command: x, become: true, become_user: ben }',
      ],
      ['c'],
    ],
    [
      'goes on over tasks of the same user',
      ['- { name: c, command: x, become: true }', '- { name: d, command: x, become: true }'],
      ['c', 'd'],
    ],
    ['ends before a flush of handlers', [a, '- meta: flush_handlers', b], ['a']],
    ['ends before an include', [a, '- include_tasks: inner.yaml', b], ['a']],
    [
      'ends before a block that can fail',
      [a, '- block: [{ name: c, command: x }]\n  rescue: [{ name: d, command: x }]'],
      ['a'],
    ],
    [
      'goes on through a plain block',
      [a, '- block: [{ name: c, command: x }, { name: d, command: x }]'],
      ['a', 'c', 'd'],
    ],
  ];

  test.each(cases)('%s', (_title, tasks, names) => {
    expect(segment(tasks.join('\n'))).toEqual(names);
  });

  test('is empty where no task stands', () => {
    expect(segment('- include_tasks: inner.yaml')).toEqual([]);
  });

  test('is not cut by what all tasks inherit', () => {
    expect(segment(`${a}\n${b}`, 'become: true\nbecome_user: ana')).toEqual(['a', 'b']);
  });
});
