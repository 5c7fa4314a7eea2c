import type { Located, Span } from '../base/diagnostic.ts';
import { Fields } from './fields.ts';
import { inherit } from './inherit.ts';
import { isKeyword, isRefused, refuse } from './keywords.ts';
import type { Loader } from './loader.ts';
import type { Inherited, WrittenVars } from './playbook.ts';
import type { Problems } from './problems.ts';
import { readVars } from './vars.ts';
import { entriesOf, kindOf, spanOf } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';
import { isValues } from '../base/value.ts';
import { isTemplate } from '../template/parse-template.ts';

/** A role to read, by whichever keyword. */
export interface RoleCall {
  readonly name: string;
  readonly span: Span;
  /** What its tasks inherit, parameters included. */
  readonly inherited: Inherited;
  /** Files to read instead of main. */
  readonly tasksFrom?: string;
  readonly varsFrom?: string;
  readonly defaultsFrom?: string;
  readonly handlersFrom?: string;
  /** Given in `roles:` and in dependencies: for equal identities the role is read once. */
  readonly identity?: string;
}

/** An entry of `roles:` or of a role's dependencies: a name, or a mapping whose other members are parameters. */
export function readRoleEntry({ problems }: Loader, node: YamlNode, outer: Inherited): RoleCall | undefined {
  const identity = JSON.stringify(node.value);
  if (typeof node.value === 'string') {
    return (
      checkedName({ value: node.value, span: spanOf(node) }, problems) && {
        name: node.value,
        span: spanOf(node),
        inherited: outer,
        identity,
      }
    );
  }
  if (!isValues(node.value)) {
    problems.error(spanOf(node), `a role must be a name or a mapping, not ${kindOf(node.value)}`);
    return undefined;
  }
  const fields = new Fields(node, problems);
  const name = fields.text('role') ?? fields.text('name');
  if (name === undefined) {
    problems.error(spanOf(node), 'this entry names no role', 'Write `- role: common`.');
    return undefined;
  }
  for (const [key, entry] of entriesOf(node)) if (isRefused(key)) refuse(entry, key, 'role', problems);
  const params = entriesOf(node).filter(([key]) => !isKeyword('role', key) && !isRefused(key));
  const inner = inherit(outer, fields, problems);
  const inherited = asParams(outer, inner, readVars(params, problems));
  return checkedName(name, problems) && { name: name.value, span: name.span, inherited, identity };
}

function checkedName({ value, span }: Located<string>, problems: Problems): true | undefined {
  if (!isTemplate(value)) return true;
  problems.error(span, 'the name of a role cannot hold a template here', 'Use `include_role` in the tasks.');
  return undefined;
}

/** Turns the variables that `inner` added into parameters: they win over the role's own. */
export function asParams(outer: Inherited, inner: Inherited, more: WrittenVars): Inherited {
  const added = inner.vars.slice(outer.vars.length);
  return { ...inner, vars: outer.vars, params: [...outer.params, ...added, ...(more.size > 0 ? [more] : [])] };
}
