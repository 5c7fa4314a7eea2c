import { expect, test } from 'vitest';

import { assert } from '../../../src/modules/assert.ts';
import { planModule } from '../../helpers/plan-module.ts';

const vars = { cores: 4, name: 'node1', ready: true };

test.each([['cores >= 4'], [['cores >= 4', 'name == "node1"']], [true], ['ready']])('%j holds', async (that) => {
  const planned = await planModule(assert, { that, success_msg: 'good' }, { vars });

  expect(planned).toEqual({ steps: [], message: 'good', result: { msg: 'good' } });
});

test('quiet says nothing', async () => {
  expect(await planModule(assert, { that: 'ready', success_msg: 'good', quiet: true }, { vars })).toEqual({
    steps: [],
    result: { msg: 'good' },
  });
});

test.each([
  [{ that: ['ready', 'cores > 4', 'name == "a"'] }, 'does not hold: cores > 4, and name == "a"', undefined],
  [{ that: 'cores > 4', fail_msg: 'too small' }, 'too small', 'Does not hold: cores > 4'],
  [{ that: 'cores > 4', msg: 'too small' }, 'too small', 'Does not hold: cores > 4'],
  [{ that: false }, 'does not hold: false', undefined],
])('%j fails', async (args, message, hint) => {
  await expect(planModule(assert, args, { vars })).rejects.toMatchObject({ code: 'task-failed', message, hint });
});

test.each([['cores >'], ['nope == 1'], ['cores']])('%s is a mistake of the playbook, not of the host', async (that) => {
  await expect(planModule(assert, { that }, { vars })).rejects.toMatchObject({ code: 'config' });
});
