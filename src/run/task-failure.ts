import { toK3sboxError, type K3sboxError } from '../base/errors.ts';
import type { Values } from '../base/value.ts';
import type { Task } from '../playbook/playbook.ts';
import { asRunError } from './task-error.ts';

/** A task failed for good on this host: unwinds to the next `rescue`, or to the end of the host's run. */
export class TaskFailure extends Error {
  readonly error: K3sboxError;
  readonly task: Task;
  readonly result: Values;

  constructor(error: K3sboxError, task: Task, result: Values) {
    super(error.message, { cause: error });
    this.error = error;
    this.task = task;
    this.result = result;
  }
}

/** `meta: end_host` and `meta: end_play`. */
export class EndOfHost extends Error {}

/** Whatever a host's run threw, as the error to report. */
export function errorOfRun(thrown: unknown): K3sboxError {
  return asRunError(thrown instanceof TaskFailure ? thrown.error : toK3sboxError(thrown));
}
