import { expect, test } from 'vitest';

import { includeVars } from '../../../src/modules/include-vars.ts';
import { planModule } from '../../helpers/plan-module.ts';

const load = async (text: string, vars = {}, args: object = {}) => {
  const planned = await planModule(includeVars, { file: 'v.yaml', ...args }, { files: { 'v.yaml': text }, vars });
  return planned.facts?.included;
};

test.each([
  ['a: 1\nb: [x, true]\n', { a: 1, b: ['x', true] }],
  ['{"a": null}', { a: null }],
  ['', {}],
  ['a: "{{b}}-{{outer}}"\nb: "{{outer}}"\n', { a: 'o-o', b: 'o' }],
  ['list: "{{items}}"\nitems: [1, 2]\n', { list: [1, 2], items: [1, 2] }],
])('%j holds %j', async (text, facts) => {
  expect(await load(text, { outer: 'o' })).toEqual(facts);
});

test('all of them can go into one variable', async () => {
  expect(await load('a: 1\n', {}, { name: 'site' })).toEqual({ site: { a: 1 } });
});

test.each([
  ['- a\n', 'a file of variables must hold a mapping'],
  ['a: "{{b}}"\nb: "{{a}}"\n', 'refers to itself'],
  ['a: [\n', ''],
])('%j is refused', async (text, message) => {
  await expect(load(text)).rejects.toMatchObject({ code: 'config', message: expect.stringContaining(message) });
});
