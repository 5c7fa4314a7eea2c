import { ConfigError, toK3sboxError } from '../base/errors.ts';
import { isValues, type Value, type Values } from '../base/value.ts';
import type { HostReader } from '../host/reader.ts';
import type { Planned } from '../modules/module.ts';
import { bindTask, subjectOf } from '../plan/bind-task.ts';
import type { TaskFiles } from '../plan/local-files.ts';
import { loopItems } from '../plan/loop-items.ts';
import type { Loop, Task } from '../playbook/playbook.ts';
import type { Scope } from '../template/scope.ts';
import type { EarlierTask } from './earlier-run.ts';
import type { Entry, Invocation } from './invocation.ts';
import { asyncOf, durationOf, environmentOf, flagOf, textOf, undoOf } from './keyword-values.ts';
import { keyworded } from './task-steps.ts';
import { skippedResult } from './task-result.ts';
import { asTaskError } from './task-error.ts';
import { withoutSecretsInUndo } from './undo-secrets.ts';
import { all } from './verdict.ts';

export interface EntryPorts {
  /** The task's variables, with some more on top (loop variables). */
  readonly scopeOf: (task: Task, more: Values) => Scope;
  readonly files: TaskFiles;
  /** The user the task runs as. */
  readonly userOf: (task: Task, scope: Scope) => string;
  readonly dryRun: boolean;
  /** Texts without the secrets that are known. */
  readonly redact: (text: string) => string;
  /** A name of its own for each item of a task. */
  readonly uniqueFor: (task: Task) => string;
  /** Conditions rest on what is not known yet: only the questions are wanted, as if they held. */
  readonly isAhead?: boolean;
  /** In a resumed run: the task's execution before the interruption. */
  readonly earlier?: EarlierTask | undefined;
}

/**
 * A task on a host, with an invocation for each item of its loop: conditions are decided, arguments are bound when they are
 * planned. What cannot be decided or bound becomes a failure of that invocation, in its turn.
 */
export function makeEntry(task: Task, ports: EntryPorts): Entry {
  const scope = ports.scopeOf(task, {});
  const base = {
    task,
    name: nameOf(task, scope),
    begun: performance.now(),
    noLog: flagOf(task.noLog, scope, false),
    earlier: ports.earlier,
  };
  if (task.loop === undefined) {
    const entry: Entry = { ...base, isLoop: false, invocations: [] };
    return withInvocations(entry, (own) => [invocation(own, undefined, scope, ports)]);
  }
  const { loop } = task;
  try {
    const items = loopItems(loop, scope, ports.files);
    return withInvocations({ ...base, isLoop: true, invocations: [] }, (own) =>
      items.map((item, index) =>
        invocation(own, item, ports.scopeOf(task, loopVariables(loop, item, index, items.length)), ports),
      ),
    );
  } catch (error) {
    // `when` may say that there is no list: it is asked first then, as in Ansible.
    if (!(error instanceof ConfigError) || holds(task, scope) !== false) throw asTaskError(toK3sboxError(error), task);
    return { ...base, isLoop: true, invocations: [], skipped: 'the condition is false' };
  }
}

/** Variables that the items of a loop see. */
export function loopVariables(loop: Loop, item: Value, index: number, length: number): Values {
  return {
    [loop.loopVar]: item,
    ansible_loop_var: loop.loopVar,
    ...(loop.indexVar !== undefined && { [loop.indexVar]: index, ansible_index_var: loop.indexVar }),
    ansible_loop: { index: index + 1, index0: index, first: index === 0, last: index === length - 1, length },
  };
}

function withInvocations(entry: Entry, make: (own: Entry) => Invocation[]): Entry {
  const invocations: Invocation[] = [];
  const own: Entry = { ...entry, invocations };
  invocations.push(...make(own));
  return own;
}

function invocation(entry: Entry, item: Value | undefined, scope: Scope, ports: EntryPorts): Invocation {
  const { task } = entry;
  const unique = ports.uniqueFor(task);
  let skip: boolean | undefined;
  let wrong: Error | undefined;
  try {
    skip = ports.isAhead !== true && !all(task.when, scope);
  } catch (error) {
    wrong = toK3sboxError(error);
  }
  return {
    entry,
    item,
    scope,
    result: skip ? skippedResult('the condition is false') : undefined,
    plan: async (reader) => {
      try {
        if (wrong !== undefined) throw wrong;
        return await planTask(task, scope, reader, { ...ports, unique });
      } catch (error) {
        throw asTaskError(toK3sboxError(error), task);
      }
    },
  };
}

async function planTask(
  task: Task,
  scope: Scope,
  host: HostReader,
  ports: EntryPorts & { readonly unique: string },
): Promise<Planned> {
  const { module, args } = bindTask(task, scope);
  const { files, dryRun, unique } = ports;
  const user = ports.userOf(task, scope);
  const planned = await module.plan({ args, host, files, vars: scope, user, dryRun, unique, at: subjectOf(task) });
  const steps = keyworded(planned.steps, {
    environment: environmentOf(task.environment, scope),
    timeoutMs: durationOf(task.timeout, scope),
    async: asyncOf(task, scope),
    undo: undoOf(task.undo, scope),
    irreversible: task.irreversible,
    neverChanges: task.changedWhen.some(({ text }) => text === 'false'),
    judged: task.failedWhen.length > 0,
  });
  const noLog = flagOf(task.noLog, scope, false);
  return { ...planned, steps: withoutSecretsInUndo(steps, { redact: ports.redact, noLog }) };
}

/** Whether the controller must see the result before anything else is done. */
export function isJudged(task: Task): boolean {
  return task.failedWhen.length > 0 || task.until.length > 0 || task.retries !== undefined;
}

function holds(task: Task, scope: Scope): boolean | undefined {
  try {
    return all(task.when, scope);
  } catch {
    return undefined;
  }
}

/** The name with its templates rendered, or as written when they cannot be. */
function nameOf(task: Task, scope: Scope): string {
  try {
    return textOf({ value: task.name, span: task.span }, scope);
  } catch {
    return task.name;
  }
}

/** What is shown of a loop's item. */
export function itemLabel(loop: Loop | undefined, item: Value | undefined, scope: Scope): Value | undefined {
  if (loop?.label !== undefined) {
    try {
      return textOf(loop.label, scope);
    } catch {
      return loop.label.value;
    }
  }
  const name = isValues(item) ? item['name'] : undefined;
  return typeof name === 'string' ? name : item;
}
