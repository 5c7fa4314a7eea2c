import { readdirSync } from 'node:fs';

import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import { findModule, moduleNames, modules, suggestModule } from '../../../src/modules/index.ts';
import { planExample } from '../../helpers/plan-example.ts';

const files = readdirSync(new URL('../../../src/modules/', import.meta.url))
  .filter((file) => file.endsWith('.ts') && !['index.ts', 'module.ts'].includes(file))
  .map((file) => file.replace('.ts', ''));

test('every file of src/modules is in the catalogue under its own name', () => {
  expect(modules.map(({ name }) => name.replaceAll('_', '-')).toSorted()).toEqual(files.toSorted());
});

test('no name means two modules', () => {
  const names = modules.flatMap(({ name, aliases = [] }) => [name, ...aliases]);

  expect(names.length).toBe(new Set(names).size);
  expect(moduleNames()).toEqual(names.toSorted());
});

test.each([
  ['copy', 'copy'],
  ['ansible.builtin.copy', 'copy'],
  ['systemd', 'service'],
  ['ansible.builtin.apt', 'package'],
  ['community.general.raw', 'shell'],
  ['nope', undefined],
  ['other.collection.copy', undefined],
])('the key %s means %s', (key, name) => {
  expect(findModule(key)?.name).toBe(name);
});

test('a slip of the pen is recognised', () => {
  expect(suggestModule('ansible.builtin.tempalte')).toBe('Did you mean `template`?');
});

describe.each(modules.map((module) => [module.name, module] as const))('%s', (_name, module) => {
  test('says what it does in one sentence', () => {
    expect(module.summary).toMatch(/^[A-Z][^.]*\.$/);
  });

  test('describes every argument', () => {
    const { properties = {} } = z.toJSONSchema(module.args, { io: 'input' });

    const silent = Object.entries(properties).filter(
      ([, schema]) => typeof schema === 'boolean' || !schema.description,
    );

    expect(silent.map(([name]) => name)).toEqual([]);
  });

  test('knows the arguments it names', () => {
    const { properties = {} } = z.toJSONSchema(module.args, { io: 'input' });

    const named = [module.freeForm ?? [], module.raw ?? []].flat();

    expect(named.filter((name) => !Object.hasOwn(properties, name))).toEqual([]);
  });

  test('has an example', () => {
    expect(module.examples.length).toBeGreaterThan(0);
  });

  test.each(module.examples)('the example "$title" is valid and can be planned', async ({ args }) => {
    const { first, again } = await planExample(module, args);

    expect(again?.steps.map(({ say }) => say) ?? []).toEqual([]);
    for (const { say } of first.steps) expect(say).toMatch(/^[a-z0-9](?:.*[^.])?$|\.\.\.$/);
  });
});
