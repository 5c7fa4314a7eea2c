import { expect, test } from 'vitest';

import { debug } from '../../../src/modules/debug.ts';
import { planModule } from '../../helpers/plan-module.ts';

const vars = { result: { rc: 0, stdout: 'hi' }, name: 'node1' };

test.each([
  [{ msg: 'hello' }, 'hello', { msg: 'hello' }],
  [{ msg: ['a', 1] }, '[\n  "a",\n  1\n]', { msg: ['a', 1] }],
  [{ var: 'name' }, 'name: node1', { name: 'node1' }],
  [{ var: 'result.stdout' }, 'result.stdout: hi', { 'result.stdout': 'hi' }],
  [{ var: 'size(name)' }, 'size(name): 5', { 'size(name)': 5 }],
  [{ var: 'nope' }, 'nope is not defined', { nope: null }],
])('%j shows %j', async (args, message, result) => {
  expect(await planModule(debug, args, { vars })).toEqual({ steps: [], message, result });
});

test.each([
  [0, undefined],
  [2, 'hello'],
])('with %i times -v', async (ansible_verbosity, message) => {
  const planned = await planModule(debug, { msg: 'hello', verbosity: 2 }, { vars: { ansible_verbosity } });

  expect(planned.message).toBe(message);
});

test('a message and a variable together are refused', () => {
  expect(debug.args.safeParse({ msg: 'a', var: 'b' }).success).toBe(false);
});
