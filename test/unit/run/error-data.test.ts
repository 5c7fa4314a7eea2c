import { expect, test } from 'vitest';

import { TaskFailedError, UnreachableError } from '../../../src/base/errors.ts';
import { errorData } from '../../../src/run/error-data.ts';

test('an error as the journal keeps it has its code, its words and what to do', () => {
  expect(errorData(new UnreachableError('no route', { hint: 'Look at the cable.', cause: new Error('x') }))).toEqual({
    code: 'unreachable',
    message: 'no route',
    hint: 'Look at the cable.',
  });
});

test('what a host printed is cleaned, and only its end is kept', () => {
  const output = `${Array.from({ length: 100 }, (_, i) => `line ${i}`).join('\n')}\n\u001b[31mred\u001b[0m\n`;
  const data = errorData(new TaskFailedError('exit code 1\u001b]0;title\u0007', { output }), 'make all');

  expect(data).toMatchObject({ message: 'exit code 1', command: 'make all' });
  expect(data.output?.split('\n')).toEqual([...Array.from({ length: 19 }, (_, i) => `line ${i + 81}`), 'red']);
});

test('one endless line is cut, too', () => {
  expect(errorData(new TaskFailedError('no', { output: 'x'.repeat(1_000_000) })).output).toHaveLength(8000);
});

test('a long command is cut to its begin', () => {
  const command = ['x'.repeat(5000), ...Array.from({ length: 9 }, (_, i) => `line ${i}`)].join('\n');

  expect(errorData(new TaskFailedError('no'), command).command?.split('\n')).toEqual([
    `${'x'.repeat(300)}...`,
    'line 0',
    'line 1',
    'line 2',
    '... 6 more lines',
  ]);
});

test('no output is left out', () => {
  expect(errorData(new TaskFailedError('no', { output: '' }))).toEqual({ code: 'task-failed', message: 'no' });
});
