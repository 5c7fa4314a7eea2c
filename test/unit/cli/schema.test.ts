import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';

import { exampleFiles } from '../../../src/cli/example-project.ts';
import { inventorySchema } from '../../../src/cli/inventory-schema.ts';
import { playbookSchema } from '../../../src/cli/playbook-schema.ts';
import { modules } from '../../../src/modules/index.ts';
import { keywords } from '../../../src/playbook/keywords.ts';
import { accepts } from '../../helpers/json-schema.ts';

const schema = playbookSchema(modules);

function properties(name: string): string[] {
  return Object.keys(schema.definitions?.[name]?.properties ?? {});
}

describe('the schema of playbooks', () => {
  test.each([
    ['play', keywords.play],
    ['task', [...keywords.task, ...keywords.handler, ...keywords.block, ...keywords.include, ...keywords.import]],
    ['import', keywords['import_playbook entry']],
  ])('knows every keyword of a %s that the loader knows', (name, known) => {
    expect(properties(name)).toEqual(expect.arrayContaining([...known]));
  });

  test('knows no keyword that the loader refuses', () => {
    const modulesToo = modules.flatMap(({ name, aliases = [] }) => [name, ...aliases]);
    const controls = ['include_tasks', 'import_tasks', 'include_role', 'import_role'];
    const known = new Set<string>([...keywords.handler, ...keywords.block, ...controls, ...modulesToo]);

    expect(properties('task').filter((name) => !known.has(name))).toEqual([]);
    expect(properties('play').filter((name) => !(keywords.play as readonly string[]).includes(name))).toEqual([]);
  });

  test.each(modules.flatMap((module) => module.examples.map(({ title, args }) => [module.name, title, args] as const)))(
    '%s: takes "%s"',
    (name, _title, args) => {
      expect(accepts(schema, [{ hosts: 'all', tasks: [{ [name]: args }] }])).toBe(true);
    },
  );

  test.each([
    ['a template for a yes or no', '- {hosts: all, tasks: [{service: {name: x, enabled: "{{ on }}"}}]}'],
    ['a free form', '- {hosts: all, tasks: [{command: uname -r}]}'],
    ['a module in a collection', '- {hosts: all, tasks: [{ansible.builtin.copy: {src: a, dest: /b}}]}'],
    ['a block', '- {hosts: all, tasks: [{block: [{ping: }], rescue: [{fail: {msg: x}}], when: x}]}'],
    ['an import', '- import_playbook: other.yaml'],
  ])('takes %s', (_title, yaml) => {
    expect(accepts(schema, parse(yaml))).toBe(true);
  });

  test.each([
    ['a play without hosts', '- {tasks: []}'],
    ['an unknown keyword', '- {hosts: all, tsaks: []}'],
    ['an unknown module', '- {hosts: all, tasks: [{cpoy: {}}]}'],
    ['an unknown argument', '- {hosts: all, tasks: [{copy: {src: a, dest: /b, moed: x}}]}'],
    ['a value of the wrong type', '- {hosts: all, tasks: [{service: {name: x, enabled: [1]}}]}'],
  ])('refuses %s', (_title, yaml) => {
    expect(accepts(schema, parse(yaml))).toBe(false);
  });
});

describe('the schema of inventories', () => {
  test.each([
    [
      'groups, children and variables',
      'all: {children: {web: {hosts: {a: , b: {ansible_port: 22, x: 1}}, vars: {y: 2}}}}',
    ],
    ['an empty group', 'web:'],
    ['the example of `k3sbox init`', exampleFiles['inventories/example.yaml'] ?? ''],
  ])('takes %s', (_title, yaml) => {
    expect(accepts(inventorySchema(), parse(yaml))).toBe(true);
  });

  test.each([
    ['hosts as a list', 'web: {hosts: [a, b]}'],
    ['a misspelt key', 'web: {hotss: {a: }}'],
    ['a wrong connection', 'web: {hosts: {a: {ansible_connection: telnet}}}'],
  ])('refuses %s', (_title, yaml) => {
    expect(accepts(inventorySchema(), parse(yaml))).toBe(false);
  });
});

test('the playbooks we ship fit the schema', () => {
  const folder = 'playbooks';
  const files = readdirSync(folder).filter((file) => /\.ya?ml$/.test(file));

  for (const file of [
    ...files.map((name) => readFileSync(join(folder, name), 'utf8')),
    exampleFiles['site.yaml'] ?? '',
  ]) {
    expect(accepts(schema, parse(file))).toBe(true);
  }
});
