import { describe, expect, test } from 'vitest';

import { indent, loadFirstPlay, outline, printedProblems } from '../../helpers/playbook-files.ts';

const playOf = (tasks: string, more = '') => `- hosts: all\n  name: Play\n${more}  tasks:\n${indent(tasks, 4)}\n`;

function blocksOf(tasks: string, files: Readonly<Record<string, string>> = {}, more = '') {
  const { body } = loadFirstPlay({ 'site.yaml': playOf(tasks, more), ...files });
  return body.flatMap((node) => (node.kind === 'block' ? [node] : []));
}

describe('`deadman`', () => {
  test.each([
    ['a task', '- name: a\n  command: x\n  deadman: 60s', ['play/a']],
    ['a block', '- deadman: 60s\n  block: [{ name: a, command: x }, { name: b, command: x }]', ['play/a', 'play/b']],
    ['an import', '- import_tasks: more.yaml\n  deadman: 60s', ['play/c']],
    [
      'an include',
      '- name: i\n  include_tasks: more.yaml\n  deadman: 60s',
      [{ include: 'play/i', known: ['play/i/more/c'] }],
    ],
    ['an imported role', '- import_role: { name: r }\n  deadman: 60s', ['play/r/d']],
  ])('on %s covers what it brings', (_title, tasks, covered) => {
    const files = { 'more.yaml': '- name: c\n  command: x\n', 'roles/r/tasks/main.yaml': '- name: d\n  command: x\n' };

    const [block] = blocksOf(tasks, files);

    expect(block?.deadman?.after.value).toBe('60s');
    expect(outline(block?.block ?? [])).toEqual(covered);
  });

  test('on a play covers all of it, with what it flushes', () => {
    const [block] = blocksOf('- name: a\n  command: x', {}, '  deadman: 5m\n');

    expect(outline(block?.block ?? [])).toEqual(['play/a', 'flush']);
  });

  test('on a block with a rescue covers the rescue, too', () => {
    const [block] = blocksOf('- deadman: 1m\n  block: [{ command: x }]\n  rescue: [{ command: y }]');

    expect(block?.block).toMatchObject([{ kind: 'block', rescue: [{ kind: 'task' }] }]);
  });

  test('may say where the host is to be reached, and uses the variables around it', () => {
    const [block] = blocksOf(
      '- command: x\n  vars: { p: 2222 }\n  deadman: { after: "{{ t }}", address: 10.0.0.9, port: "{{ p }}" }',
    );

    expect(block?.deadman).toMatchObject({ address: { value: '10.0.0.9' }, port: { value: '{{ p }}' } });
    expect(block?.deadman?.vars).toEqual([new Map([['p', expect.anything()]])]);
  });

  test.each([
    ['inside of another', '- deadman: 1m\n  block: [{ command: x, deadman: 2m }]', '`deadman` inside of another'],
    ['no duration', '- command: x\n  deadman: soon', '`deadman` must be seconds or a duration'],
    ['no time at all', '- command: x\n  deadman: 0', '`deadman` must be at least a second'],
    ['without a time', '- command: x\n  deadman: { port: 22 }', '`deadman` does not say when'],
    ['with a word too many', '- command: x\n  deadman: { after: 1m, ports: 1 }', '`deadman` has no `ports`'],
    ['around a reboot', '- deadman: 1m\n  block: [{ reboot: {} }]', '`reboot` inside of a `deadman`'],
    ['on meta', '- meta: flush_handlers\n  deadman: 1m', 'a meta task has no `deadman`'],
  ])('is refused %s', (_title, tasks, message) => {
    expect(printedProblems(playOf(tasks))).toContain(message);
  });

  test('is refused on handlers and dependencies', () => {
    const site = '- hosts: all\n  roles: [r]\n  handlers: [{ name: h, command: x, deadman: 1m }]\n';
    const meta = 'dependencies: [{ role: s, deadman: 1m }]\n';
    const printed = printedProblems({
      'site.yaml': site,
      'roles/r/meta/main.yaml': meta,
      'roles/s/tasks/main.yaml': '[]\n',
    });

    expect(printed).toContain('a handler has no `deadman`');
    expect(printed).toContain('a dependency has no `deadman`');
  });
});
