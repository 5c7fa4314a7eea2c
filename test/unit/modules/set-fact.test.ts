import { expect, test } from 'vitest';

import { setFact } from '../../../src/modules/set-fact.ts';
import { planModule } from '../../helpers/plan-module.ts';

test('every argument is a variable for the rest of the play', async () => {
  const facts = { role: 'agent', ports: [6443], nested: { a: null } };

  expect(await planModule(setFact, { ...facts, cacheable: true })).toEqual({
    steps: [],
    facts: { set: facts },
    result: { ansible_facts: facts },
  });
});

test.each(['2fast', 'a-b', 'a.b', ''])('the name %j is refused', (name) => {
  expect(setFact.args.safeParse({ [name]: 1 }).success).toBe(false);
});
