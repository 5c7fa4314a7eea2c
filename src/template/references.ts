import type { Origin } from '../base/origin.ts';
import type { Value } from '../base/value.ts';
import type { Expression, TemplateNode } from './nodes.ts';
import { isTemplate, parseTemplate } from './parse-template.ts';
import { hasTemplates } from './value.ts';

/** In a set of references: a name is computed (`{{vars name}}`), so any variable may be meant. */
export const anyVariable = '*';

/**
 * The variables a template may use, by their first name. Conservative: names inside `#each` count although they may be
 * members of the item, so nothing is ever left out.
 * @throws ConfigError when the template is wrong
 */
export function templateReferences(source: string, at: Origin): ReadonlySet<string> {
  if (!isTemplate(source)) return none;
  const names = new Set<string>();
  addNodes(parseTemplate(source, at).nodes, names);
  return names;
}

/** {@link templateReferences} of every text in a value. */
export function valueReferences(value: Value, at: Origin): ReadonlySet<string> {
  if (!hasTemplates(value)) return none;
  if (typeof value === 'string') return templateReferences(value, at);
  const names = new Set<string>();
  for (const part of Object.values(value ?? {})) {
    for (const name of valueReferences(part, at)) names.add(name);
  }
  return names;
}

const none: ReadonlySet<string> = new Set();

function addNodes(nodes: readonly TemplateNode[], names: Set<string>): void {
  for (const node of nodes) {
    if (node.kind === 'print') addExpression(node.expression, names);
    if (node.kind !== 'block') continue;
    addExpression(node.subject, names);
    addNodes(node.body, names);
    addNodes(node.otherwise, names);
  }
}

function addExpression(expression: Expression, names: Set<string>): void {
  if (expression.kind === 'path') {
    const [first] = expression.parts;
    if (first !== undefined && (expression.data === undefined || expression.data === 'root')) names.add(first);
    return;
  }
  if (expression.kind === 'literal') return;
  if (expression.name === 'vars') addComputed(expression.args[0], names);
  for (const one of [...expression.args, ...expression.named.values()]) addExpression(one, names);
}

function addComputed(name: Expression | undefined, names: Set<string>): void {
  names.add(name?.kind === 'literal' && typeof name.value === 'string' ? name.value : anyVariable);
}
