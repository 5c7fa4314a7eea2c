import { readFileSync } from 'node:fs';

import { expect, test } from 'vitest';

import { keywords } from '../../../src/playbook/keywords.ts';
import { indent, printedProblems } from '../../helpers/playbook-files.ts';

const page = readFileSync('docs/playbooks.md', 'utf8');
const examples = [...page.matchAll(/```yaml\n([^]*?)```/g)].map(([, text = '']) => text);

const isPlaybook = (text: string): boolean => /^ {2}hosts:|^- hosts:/m.test(text);

test.each(examples.filter(isPlaybook))('the example of a playbook is one: %s', (playbook) => {
  const roles = ['common', 'sysbox'].map((role) => [`roles/${role}/tasks/main.yaml`, '[]']);

  expect(printedProblems({ 'site.yaml': playbook, ...Object.fromEntries(roles) })).toBe('');
});

const [taskLists, conditions] = [true, false].map((areTasks) =>
  examples.filter((text) => !isPlaybook(text) && text.startsWith('- ') === areTasks),
);

test.each(taskLists ?? [])('an example of tasks is one: %s', (tasks) => {
  expect(printedProblems(`- hosts: all\n  tasks:\n${indent(tasks, 4)}\n`)).toBe('');
});

test.each(conditions?.flatMap((text) => text.trim().split('\n')) ?? [])('%s is a condition', (line) => {
  expect(printedProblems(`- hosts: all\n  tasks:\n${indent(`- command: x\n  ${line}`, 4)}\n`)).toBe('');
});

test.each([...keywords.play, ...keywords.task, ...keywords.block, ...keywords.handler])(
  '`%s` is explained',
  (keyword) => {
    expect(page).toMatch(new RegExp(`\`${keyword}\\b`));
  },
);
