import { ConfigError } from '../base/errors.ts';
import { isValues } from '../base/value.ts';
import type { Value } from '../base/value.ts';
import { findModule } from '../modules/index.ts';
import type { Include, Task } from '../playbook/playbook.ts';
import { textsIn } from '../playbook/templates.ts';
import { compileCondition } from '../template/condition.ts';
import { finalLayer } from '../template/layer.ts';
import { isTemplate } from '../template/parse-template.ts';
import { anyVariable, templateReferences, valueReferences } from '../template/references.ts';
import { renderText } from '../template/render.ts';
import type { Scope } from '../template/scope.ts';
import type { VariableScope } from '../template/variable-scope.ts';
import type { TaskFiles } from './local-files.ts';
import { loopItems } from './loop-items.ts';

/**
 * The variables a task or include may use before it runs: in its condition, loop, arguments, keywords and template files,
 * and, through the variables of `scope`, everything those refer to. Holds `*` when a name is computed. The variables of its
 * own loop are not among them.
 *
 * @throws ConfigError when one of the templates is wrong
 */
export function needs(task: Task | Include, scope: VariableScope, files: TaskFiles): ReadonlySet<string> {
  const direct = new Set(directReferences(task));
  for (const name of templateFileReferences(task, scope, files)) direct.add(name);
  const reached = new Set(scope.reach(direct));
  for (const name of loopNames(task)) reached.delete(name);
  return reached;
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
  return [...names].some((name) => name.startsWith('ansible_') && !scope.has(name) && !isLoopMagic(name));
}

/** Variables that the engine sets by name, and that no host is asked for. */
function isLoopMagic(name: string): boolean {
  return /^ansible_(loop|loop_var|index_var|failed_task|failed_result|verbosity)$/.test(name);
}

function loopNames({ loop }: Task | Include): readonly string[] {
  if (loop === undefined) return [];
  const own = [loop.loopVar, 'ansible_loop', 'ansible_loop_var', 'ansible_index_var'];
  return loop.indexVar === undefined ? own : [...own, loop.indexVar];
}

const known = new WeakMap<Task | Include, ReadonlySet<string>>();

/** What is written at the task itself; the same on every host. */
function directReferences(task: Task | Include): ReadonlySet<string> {
  const before = known.get(task);
  if (before !== undefined) return before;
  const names = new Set(task.when.flatMap(({ references }) => [...references]));
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
      : [argsToRender(task), task.undo?.value, task.retries?.value, task.delay?.value];
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

/** The argument of a module that names a template file. */
const templateArgument = new Map([['template', 'src']]);

function templateFileReferences(task: Task | Include, scope: VariableScope, files: TaskFiles): Iterable<string> {
  if (task.kind === 'include' || !isValues(task.args.value)) return [];
  const argument = templateArgument.get(findModule(task.module.value)?.name ?? '');
  const name = argument === undefined ? undefined : task.args.value[argument];
  if (typeof name !== 'string') return [];
  const names = isTemplate(name) ? renderedNames(name, task, scope, files) : [name];
  if (names === undefined) return [anyVariable];
  const used = new Set<string>();
  for (const one of names) {
    const found = files.textNow('templates', one);
    // That there is no such file is the module's to say.
    if (found === undefined) continue;
    for (const reference of templateReferences(found.text, { file: found.file })) used.add(reference);
  }
  return used;
}

/** The names a template gives, for each item of the loop; undefined when it uses something that is not known yet. */
function renderedNames(
  name: string,
  task: Task,
  scope: VariableScope,
  files: TaskFiles,
): readonly string[] | undefined {
  const { loop, args } = task;
  try {
    if (loop === undefined) return [renderText(name, scope, args.span)];
    return loopItems(loop, scope, files).map((item) => {
      const own = scope.child(finalLayer('loop variables', { [loop.loopVar]: item }));
      return renderText(name, own, args.span);
    });
  } catch (error) {
    if (error instanceof ConfigError) return undefined;
    throw error;
  }
}
