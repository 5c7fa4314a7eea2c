import { describe, expect, test } from 'vitest';

import { printedProblems } from '../../helpers/playbook-files.ts';

const problems = (task: string): string =>
  printedProblems(`- hosts: all\n  tasks:\n    - ${task}\n`)
    .split('\n')
    .filter((line) => /^site\.yaml|^ {2}hint/.test(line))
    .join('\n');

describe('async and poll', () => {
  test.each([
    '{ shell: make, async: 1800 }',
    '{ command: make, async: 30m, poll: 0 }',
    '{ shell: build.sh, async: "{{ limit }}", poll: "{{ often }}" }',
    '{ shell: make, async: 0 }',
    '{ async_status: { jid: "{{ built.ansible_job_id }}" } }',
  ])('%s is a task', (task) => {
    expect(problems(task)).toBe('');
  });

  test.each([
    [
      '{ copy: { dest: /a, content: x }, async: 60 }',
      'site.yaml:3:48: `async` does not fit `copy`: only a command can run in the background\n' +
        '  hint: Use it with `command`, `shell` or `script`; how long other tasks may take is said by `timeout`.',
    ],
    [
      '{ shell: make, poll: 0 }',
      'site.yaml:3:28: `poll` does nothing without `async`\n' +
        '  hint: Say with `async` how long the command may take in the background, or remove `poll`.',
    ],
    ['{ shell: make, async: soon }', 'site.yaml:3:29: `async` must be seconds or a duration like "5m", not "soon"'],
    ['{ shell: make, async: -1 }', 'site.yaml:3:29: `async` must be seconds or a duration like "5m", not `-1`'],
  ])('%s is wrong', (task, printed) => {
    expect(problems(task)).toBe(printed);
  });

  test('a block has none', () => {
    expect(problems('{ block: [{ shell: x }], async: 5 }')).toContain('a block has no `async`');
  });
});
