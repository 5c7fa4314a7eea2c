import { expect, test } from 'vitest';

import type { ErrorData, RunEvent, TaskStatus } from '../../../src/base/event.ts';
import { executionsOf } from '../../../src/journal/executions.ts';

const task = (id: string) => ({ host: 'n1', id, task: id });
const intended = (id: string, step: string, on?: string): RunEvent => ({
  type: 'step-intended',
  ...task(id),
  step,
  say: 'x',
  reversible: true,
  key: `key-${id}`,
  ...(on !== undefined && { on }),
});
const done = (id: string, step: string, changed = true): RunEvent => ({
  type: 'step-done',
  ...task(id),
  step,
  say: 'x',
  changed,
});
const ended = (id: string, status: TaskStatus = 'changed'): RunEvent => ({
  type: 'task-ended',
  ...task(id),
  module: 'shell',
  status,
  elapsedMs: 1,
  result: { rc: 0 },
});
const undone = (step: string, error?: ErrorData): RunEvent => ({
  type: 'undo-done',
  host: 'n1',
  step,
  say: 'x',
  ...(error && { error }),
});
const rolledBack: RunEvent = { type: 'rollback-ended', host: 'n1', undone: 1, failed: 0 };

/** "a:changed 0001.0+ 0001.1-": how the task ended, then its steps, `+` for those that came to their end. */
function inWords(events: readonly RunEvent[]): string[] {
  return (executionsOf(events).get('n1') ?? []).map(({ id, steps, ended: end }) =>
    [`${id}:${end?.status ?? 'open'}`, ...steps.map((step) => `${step.step}${step.done ? '+' : '-'}`)].join(' '),
  );
}

test.each<[title: string, events: RunEvent[], executions: string[]]>([
  ['a task that is through', [intended('a', '0001.0'), done('a', '0001.0'), ended('a')], ['a:changed 0001.0+']],
  ['a task that changed nothing', [ended('a', 'ok')], ['a:ok']],
  ['a task that was cut off', [intended('a', '0001.0')], ['a:open 0001.0-']],
  [
    'tasks of one batch, the first of them through',
    [intended('a', '0001.0'), intended('b', '0001.1'), done('a', '0001.0'), ended('a')],
    ['a:changed 0001.0+', 'b:open 0001.1-'],
  ],
  [
    'a handler that ran twice has two executions',
    [intended('h', '0001.0'), done('h', '0001.0'), ended('h'), intended('h', '0002.0')],
    ['h:changed 0001.0+', 'h:open 0002.0-'],
  ],
  [
    'a task that failed goes on in the same execution',
    [intended('a', '0001.0'), done('a', '0001.0', false), ended('a', 'failed'), intended('a', '0002.0')],
    ['a:open 0001.0+ 0002.0-'],
  ],
  [
    'what was taken back is as if it had never been',
    [ended('look', 'ok'), intended('a', '0001.0'), done('a', '0001.0'), ended('a'), undone('0001.0'), rolledBack],
    [],
  ],
  [
    'what could not be taken back stands',
    [
      intended('a', '0001.0'),
      intended('b', '0002.0'),
      ended('a'),
      ended('b'),
      undone('0002.0'),
      undone('0001.0', { code: 'rollback-failed', message: 'no' }),
      rolledBack,
    ],
    ['a:changed 0001.0-'],
  ],
  [
    'a step of the same number on another host stays',
    [intended('a', '0001.0', 'n2'), done('a', '0001.0'), ended('a'), undone('0001.0')],
    ['a:changed 0001.0+'],
  ],
  [
    'steps without a key are of a journal from before there were any',
    [{ type: 'step-intended', ...task('a'), step: '0001.0', say: 'x', reversible: true }, ended('a')],
    ['a:changed'],
  ],
])('%s', (_title, events, executions) => {
  expect(inWords(events)).toEqual(executions);
});
