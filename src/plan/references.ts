import { ConfigError } from '../base/errors.ts';
import { isValues } from '../base/value.ts';
import type { Value } from '../base/value.ts';
import { findModule } from '../modules/index.ts';
import type { Include, Task } from '../playbook/playbook.ts';
import { textsIn } from '../playbook/templates.ts';
import { compileCondition } from '../template/condition.ts';
import { anyVariable, valueReferences } from '../template/references.ts';
import type { Scope } from '../template/scope.ts';
import type { VariableScope } from '../template/variable-scope.ts';
import type { TaskFiles } from './local-files.ts';
import { templateFileReferences } from './template-files.ts';

/**
 * The variables a task or include may use before it runs: in its condition, loop, arguments, keywords and template files,
 * and, through the variables of `scope`, everything those refer to. Holds `*` when a name is computed. The variables of its
 * own loop are not among them.
 *
 * @throws ConfigError when one of the templates is wrong
 */
export function needs(task: Task | Include, scope: VariableScope, files: TaskFiles): ReadonlySet<string> {
  return new Set([...needsOfCondition(task, scope), ...needsOfWork(task, scope, files)]);
}

/** What its `when` alone needs. */
export function needsOfCondition(task: Task | Include, scope: VariableScope): ReadonlySet<string> {
  return reached(task, scope, conditionReferences(task));
}

/** What it needs apart from its `when`. */
export function needsOfWork(task: Task | Include, scope: VariableScope, files: TaskFiles): ReadonlySet<string> {
  const inFiles = task.kind === 'task' ? templateFileReferences(task, scope, files) : [];
  return reached(task, scope, [...directReferences(task), ...inFiles]);
}

function reached(task: Task | Include, scope: VariableScope, names: Iterable<string>): ReadonlySet<string> {
  const found = new Set(scope.reach(names));
  for (const name of loopNames(task)) found.delete(name);
  return found;
}

/** The variables a task defines for the tasks after it; `*` when their names are not known. */
export function defines(task: Task): ReadonlySet<string> {
  const names = new Set(task.register === undefined ? [] : [task.register.value]);
  const { value } = task.args;
  const module = findModule(task.module.value)?.name;
  if (module === 'include_vars') return names.add(anyVariable);
  if (module === 'setup') return names.add('ansible_facts');
  if (module !== 'set_fact' || !isValues(value)) return names;
  for (const name of Object.keys(value)) if (name !== 'cacheable') names.add(name);
  return names;
}

/** Whether a task that needs these names needs the host's facts, which `scope` does not have yet. */
export function needsFacts(names: ReadonlySet<string>, scope: Scope): boolean {
  if (names.has('ansible_facts') || names.has(anyVariable)) return true;
  return factsAmong(names, scope).length > 0;
}

/** The facts among these names that `scope` does not have. */
export function factsAmong(names: ReadonlySet<string>, scope: Scope): readonly string[] {
  return [...names].filter((name) => name.startsWith('ansible_') && !scope.has(name) && !isLoopMagic(name));
}

/** Variables that the engine sets by name, and that no host is asked for. */
function isLoopMagic(name: string): boolean {
  return /^ansible_(loop|loop_var|index_var|failed_task|failed_result|verbosity)$/.test(name);
}

/** The names that a loop gives to its items. */
export function loopNames({ loop }: Task | Include): readonly string[] {
  if (loop === undefined) return [];
  const own = [loop.loopVar, 'ansible_loop', 'ansible_loop_var', 'ansible_index_var'];
  return loop.indexVar === undefined ? own : [...own, loop.indexVar];
}

function conditionReferences({ when }: Task | Include): readonly string[] {
  return when.flatMap(({ references }) => [...references]);
}

const known = new WeakMap<Task | Include, ReadonlySet<string>>();

/** What is written at the task itself, but for its condition; the same on every host. */
function directReferences(task: Task | Include): ReadonlySet<string> {
  const before = known.get(task);
  if (before !== undefined) return before;
  const names = new Set<string>();
  for (const value of keywordValues(task)) {
    for (const name of valueReferences(value, task.span)) names.add(name);
  }
  if (task.kind === 'task') for (const name of rawReferences(task)) names.add(name);
  known.set(task, names);
  return names;
}

function keywordValues(task: Task | Include): readonly Value[] {
  const shared = [
    task.loop?.items.value,
    task.delegateTo?.value,
    task.become.become?.value,
    task.become.becomeUser?.value,
    task.checkMode?.value,
    task.noLog?.value,
    task.timeout?.value,
    ...task.environment.map(({ value }) => value),
  ];
  const own =
    task.kind === 'include'
      ? [task.target.value, task.tasksFrom?.value]
      : [argsToRender(task), ...[task.undo, task.retries, task.delay, task.async, task.poll].map((one) => one?.value)];
  return [...shared, ...own].filter((value) => value !== undefined);
}

/** The arguments without the ones whose text is no template. */
function argsToRender({ args, module }: Task): Value {
  const raw = findModule(module.value)?.raw ?? [];
  if (raw.length === 0 || !isValues(args.value)) return args.value;
  return Object.fromEntries(Object.entries(args.value).filter(([name]) => !raw.includes(name)));
}

/** Arguments that are conditions or expressions: assert's `that`, debug's `var`. */
function rawReferences({ args, module }: Task): readonly string[] {
  const raw = findModule(module.value)?.raw ?? [];
  const { value } = args;
  if (!isValues(value)) return [];
  return raw.flatMap((name) => [...textsIn(value[name] ?? null)].flatMap(({ text }) => expressionReferences(text)));
}

function expressionReferences(text: string): readonly string[] {
  try {
    return [...compileCondition(text, { file: '' }).references];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // The module complains about it when it runs.
    return [anyVariable];
  }
}
