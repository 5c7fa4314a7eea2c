import { expect, test } from 'vitest';

import { uniqueNames } from '../../../src/run/unique-names.ts';

test('names are the same when a run comes the same way again, and others for hosts, tasks, visits and seeds', () => {
  const [first, again, other] = [uniqueNames('seed'), uniqueNames('seed'), uniqueNames('another')];
  const way = (unique: typeof first): string[] => [
    unique('n1', 'a'),
    unique('n1', 'a'),
    unique('n1', 'b'),
    unique('n2', 'a'),
  ];
  const names = way(first);

  expect(way(again)).toEqual(names);
  expect(new Set([...names, ...way(other)]).size).toBe(8);
  expect(names[0]).toMatch(/^[0-9a-f]{32}$/);
});
