import type { Located } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import { didYouMean } from '../base/suggest.ts';
import type { Value } from '../base/value.ts';
import type { Include, Play, Task } from '../playbook/playbook.ts';
import { Problems } from '../playbook/problems.ts';
import { finalLayer } from '../template/layer.ts';
import { isTemplate } from '../template/parse-template.ts';
import { renderText } from '../template/render.ts';
import type { Scope } from '../template/scope.ts';
import { renderWritten } from '../template/value.ts';
import type { VariableScope } from '../template/variable-scope.ts';
import { bindTask, subjectOf } from './bind-task.ts';
import { notifiedBy } from './handlers.ts';
import type { TaskFiles } from './local-files.ts';
import { loopItems } from './loop-items.ts';
import { tryTemplateFile } from './template-files.ts';

export interface Trial {
  readonly task: Task;
  readonly play: Play;
  /** The variables of the task on one host. */
  readonly scope: VariableScope;
  readonly files: TaskFiles;
  /** Whether `when` can be decided already; if not, the task is tried as if it held. */
  readonly decidesWhen: boolean;
  /** False when a role that is not known yet may bring more of them. */
  readonly handlersAreKnown: boolean;
}

/**
 * Does everything for a task on a host that needs no host: loop, conditions, arguments, keywords, notifications, the module's
 * own check, template files. @throws ConfigError with all that is wrong
 */
export async function tryTask(trial: Trial): Promise<void> {
  const { task, scope, files, decidesWhen } = trial;
  const problems = new Problems();
  for (const own of itemScopes(task, scope, files)) {
    await problems.tryAsync(async () => {
      if (decidesWhen && !task.when.every((condition) => condition.evaluate(own))) return;
      const { module, args } = bindTask(task, own);
      await problems.tryAsync(async () =>
        module.check?.({ args, files, vars: own, user: 'root', dryRun: true, at: subjectOf(task) }),
      );
      tryTemplateFile(task, own, files);
    });
    problems.try(() => tryKeywords(task, own));
    for (const name of task.notify) if (isTemplate(name.value)) problems.try(() => checkNotified(name, trial, own));
  }
  problems.throwIfAny();
}

/** The variables for each item of a loop; without a loop, for the one time. @throws ConfigError */
export function itemScopes({ loop }: Task | Include, scope: VariableScope, files: TaskFiles): readonly VariableScope[] {
  if (loop === undefined) return [scope];
  const items: readonly Value[] = loopItems(loop, scope, files);
  return items.map((item, index) => {
    const names = loop.indexVar === undefined ? {} : { [loop.indexVar]: index };
    return scope.child(finalLayer('loop variables', { [loop.loopVar]: item, ...names }));
  });
}

/** Keywords whose values may be templates. */
function tryKeywords(task: Task, scope: Scope): void {
  const { timeout, retries, delay, async, poll, undo, environment, delegateTo, become } = task;
  for (const value of [timeout, retries, delay, async, poll, undo, ...environment]) {
    if (value !== undefined) renderWritten(value, scope);
  }
  for (const text of [delegateTo, become.becomeUser]) {
    if (text !== undefined) renderText(text.value, scope, text.span);
  }
}

function checkNotified(name: Located<string>, { task, play, handlersAreKnown }: Trial, scope: Scope): void {
  const rendered = renderText(name.value, scope, name.span);
  if (handlersAreKnown) requireHandler({ value: rendered, span: name.span }, task, play);
}

/** @throws ConfigError when no handler of the play has that name, and none listens to it */
export function requireHandler({ value, span }: Located<string>, task: Task, { handlers }: Play): void {
  if (notifiedBy(value, handlers, task).length > 0) return;
  const known = handlers.flatMap((handler) => [handler.name, ...handler.listen]);
  const list = known.length === 0 ? 'The play has no handlers.' : `Known are ${[...new Set(known)].join(', ')}.`;
  throw ConfigError.at(span, `there is no handler "${value}"`, didYouMean(value, known) ?? list);
}
