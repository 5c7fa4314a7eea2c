import { expect, test } from 'vitest';

import { asBefore } from '../../../src/run/as-before.ts';
import type { EarlierTask } from '../../../src/run/earlier-run.ts';
import { failedResult, skippedResult, type TaskResult } from '../../../src/run/task-result.ts';

const ok: TaskResult = { changed: false, failed: false, skipped: false, values: { now: true, changed: false } };
const earlier = (more: Partial<EarlierTask>): EarlierTask => ({
  ended: undefined,
  changed: false,
  stepOf: () => undefined,
  actsAnew: false,
  ...more,
});
const through: EarlierTask['ended'] = { status: 'changed', result: { before: true, changed: true } };

test.each<[title: string, now: TaskResult, before: EarlierTask | undefined, shown: Partial<TaskResult>]>([
  ['a task of a run that is not resumed', ok, undefined, { values: ok.values }],
  ['a task that had not begun', ok, earlier({}), { values: ok.values }],
  [
    'a task that was through',
    ok,
    earlier({ ended: through, changed: true }),
    { changed: true, values: { before: true, changed: true } },
  ],
  [
    'one whose condition is another one by now',
    skippedResult('no'),
    earlier({ ended: through, changed: true }),
    { changed: true, skipped: false },
  ],
  [
    'one that did something anew',
    ok,
    earlier({ ended: through, changed: true, actsAnew: true }),
    { values: ok.values },
  ],
  ['one that fails now', failedResult('no'), earlier({ ended: through }), { failed: true }],
  [
    'one that was cut off behind its change',
    ok,
    earlier({ changed: true }),
    { changed: true, values: { now: true, changed: true } },
  ],
  [
    'one whose result held a secret',
    ok,
    earlier({ ended: { status: 'changed', result: { token: 'x***' } }, changed: true }),
    { changed: true, values: { now: true, changed: true } },
  ],
  [
    'one that was skipped',
    ok,
    earlier({ ended: { status: 'skipped', result: { skipped: true } } }),
    { skipped: true, changed: false },
  ],
])('%s', (_title, now, before, shown) => {
  expect(asBefore(now, before)).toMatchObject(shown);
});
