import { ConfigError } from '../base/errors.ts';
import { isValues } from '../base/value.ts';
import { findModule } from '../modules/index.ts';
import type { Task } from '../playbook/playbook.ts';
import { finalLayer } from '../template/layer.ts';
import { isTemplate } from '../template/parse-template.ts';
import { anyVariable, templateReferences } from '../template/references.ts';
import { renderText } from '../template/render.ts';
import type { Scope } from '../template/scope.ts';
import type { VariableScope } from '../template/variable-scope.ts';
import type { TaskFiles } from './local-files.ts';
import { loopItems } from './loop-items.ts';

/** The argument of a module that names a template file. */
const templateArgument = new Map([['template', 'src']]);

function templateName({ module, args: { value } }: Task): string | undefined {
  const argument = templateArgument.get(findModule(module.value)?.name ?? '');
  const name = argument === undefined || !isValues(value) ? undefined : value[argument];
  return typeof name === 'string' ? name : undefined;
}

/** Renders the file a task would, for what it complains about. @throws ConfigError */
export function tryTemplateFile(task: Task, scope: Scope, files: TaskFiles): void {
  const name = templateName(task);
  const found = name === undefined ? undefined : files.textNow('templates', renderText(name, scope, task.args.span));
  if (found !== undefined) renderText(found.text, scope, { file: found.file });
}

/** The variables that a task's template files use; `*` when it is not known yet which files. @throws ConfigError */
export function templateFileReferences(task: Task, scope: VariableScope, files: TaskFiles): Iterable<string> {
  const name = templateName(task);
  if (name === undefined) return [];
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
