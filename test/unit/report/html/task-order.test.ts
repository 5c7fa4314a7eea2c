import { expect, test } from 'vitest';

import { TaskOrder } from '../../../../src/report/html/task-order.ts';

test.each([
  ['what only a later host tells stands where that host had it', ['a:1 a:3 b:1 b:2 b:3'], '123'],
  ['what a host did again stays where it was', ['a:1 a:2 a:1 a:3'], '132'],
  ['a host that begins later adds its own at the end', ['a:1 a:2 b:9'], '129'],
])('%s', (_, [told = ''], expected) => {
  const order = new TaskOrder();
  for (const word of told.split(' ')) order.note(word.slice(0, 1), word.slice(2));

  expect(order.ids().join('')).toBe(expected);
});
