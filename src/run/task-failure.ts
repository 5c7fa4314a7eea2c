import type { K3sboxError } from '../base/errors.ts';
import type { Values } from '../base/value.ts';
import type { Task } from '../playbook/playbook.ts';

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
