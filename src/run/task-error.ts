import { formatSpan } from '../base/diagnostic.ts';
import { ConfigError, TaskFailedError, type K3sboxError } from '../base/errors.ts';
import type { Task } from '../playbook/playbook.ts';
import type { TaskResult } from './task-result.ts';

/** The error that a failed result is. */
export function failureOf(result: TaskResult, noLog: boolean): TaskFailedError {
  const { output, message = 'the task failed' } = result;
  if (noLog) return new TaskFailedError('the task failed; its output is hidden by no_log');
  const parts = output === undefined ? [] : [output.stdout, output.stderr];
  const text = parts
    .filter((part) => part.trim() !== '')
    .map((part) => part.trimEnd())
    .join('\n');
  return new TaskFailedError(message, { output: text === '' ? undefined : text });
}

/** An error of a template or condition at run time, as the failure of the task it stands in. */
export function asTaskError(error: K3sboxError, task: Task): K3sboxError {
  return asRunError(error, `Look at the task at ${formatSpan(task.span)}.`);
}

/** What is wrong in a file, found out while running: a failure, since hosts may have been changed by now. */
export function asRunError(error: K3sboxError, hint?: string): K3sboxError {
  if (!(error instanceof ConfigError)) return error;
  const places = error.diagnostics.map(
    ({ message, span, hint: advice }) => `${formatSpan(span)}: ${message}${advice === undefined ? '' : ` (${advice})`}`,
  );
  return new TaskFailedError(places.join('; ') || error.message, {
    cause: error,
    hint,
  });
}
