import type { Values } from '../base/value.ts';
import type { Task } from '../playbook/playbook.ts';
import type { Condition } from '../template/condition.ts';
import type { Scope } from '../template/scope.ts';
import { withVerdict, type TaskResult } from './task-result.ts';

/** The scope with the task's own result in it, under the registered name. */
export type ScopeWith = (values: Values) => Scope;

/**
 * What `changed_when` and `failed_when` make of a result. A failure that `failed_when` does not see is none.
 * @throws ConfigError when a condition cannot be evaluated
 */
export function judge(task: Task, result: TaskResult, scopeWith: ScopeWith): TaskResult {
  if (task.changedWhen.length === 0 && task.failedWhen.length === 0) return result;
  const scope = scopeWith(ownResult(task, result));
  const failed = task.failedWhen.length > 0 ? all(task.failedWhen, scope) : undefined;
  const changed = task.changedWhen.length > 0 ? all(task.changedWhen, scope) : undefined;
  return withVerdict(result, {
    ...(changed !== undefined && { changed }),
    ...(failed !== undefined && {
      failed,
      why: `failed_when: ${task.failedWhen.map(({ text }) => text).join(' && ')}`,
    }),
  });
}

/** Whether `until` is content, or, with `retries` alone, whether the task did not fail. */
export function isContent(task: Task, result: TaskResult, scopeWith: ScopeWith): boolean {
  return task.until.length === 0 ? !result.failed : all(task.until, scopeWith(ownResult(task, result)));
}

/** Tries in all: the first and `retries` more; `until` alone means 3. */
export function triesOf(task: Task, retries: number | undefined): number {
  if (retries !== undefined) return 1 + Math.max(0, retries);
  return task.until.length > 0 ? 3 : 1;
}

export function all(conditions: readonly Condition[], scope: Scope): boolean {
  return conditions.every((condition) => condition.evaluate(scope));
}

function ownResult(task: Task, result: TaskResult): Values {
  return { ...(task.register && { [task.register.value]: result.values }), result: result.values };
}
