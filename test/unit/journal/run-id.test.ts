import { expect, test } from 'vitest';

import { isRunId, newRunId } from '../../../src/journal/run-id.ts';

test('ids are in the order of their times, also within a second', () => {
  const times = ['10:30:12.000', '10:30:12.001', '10:30:12.500', '10:30:12.999', '10:30:13.000'];
  const ids = times.map((time) => newRunId(new Date(`2026-11-22T${time}Z`)));

  expect(ids.toSorted()).toEqual(ids);
  expect(ids.every(isRunId)).toBe(true);
});

test('two runs of one millisecond are hardly ever the same', () => {
  const now = new Date();

  expect(new Set(Array.from({ length: 20 }, () => newRunId(now))).size).toBeGreaterThan(5);
});
