import type { Value } from '../base/value.ts';
import type { Task } from '../playbook/playbook.ts';
import type { Scope } from '../template/scope.ts';
import type { EarlierTask } from './earlier-run.ts';
import type { Plannable } from './plannable.ts';
import type { TaskResult } from './task-result.ts';

/** One execution of a task on a host: the task itself, or one item of its loop. */
export interface Invocation extends Plannable {
  readonly entry: Entry;
  /** The loop's item; undefined without a loop. */
  readonly item: Value | undefined;
  /** The task's variables, and the loop's. */
  readonly scope: Scope;
  /** Set when it is through, or was skipped. */
  result: TaskResult | undefined;
}

/** A task on a host, with all items of its loop. */
export interface Entry {
  readonly task: Task;
  readonly name: string;
  readonly isLoop: boolean;
  readonly invocations: readonly Invocation[];
  /** What its steps were, for the report. */
  readonly begun: number;
  /** Set when nothing of it is to be done. */
  readonly skipped?: string;
  readonly noLog: boolean;
  /** In a resumed run: what became of it before the interruption. */
  readonly earlier?: EarlierTask | undefined;
}
