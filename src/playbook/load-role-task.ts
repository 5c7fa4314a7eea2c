import { readCall } from './call.ts';
import type { Call } from './call.ts';
import { inherit } from './inherit.ts';
import { loadRole } from './load-role.ts';
import type { Loader, Place } from './loader.ts';
import { makeInclude } from './make-include.ts';
import type { TaskNode } from './playbook.ts';
import { present } from './present.ts';
import { asParams } from './role-entry.ts';
import { noVars } from './vars.ts';
import { spanOf } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

const takes = ['tasks_from', 'vars_from', 'defaults_from', 'handlers_from', 'allow_duplicates', 'rolespec_validate'];

/** `import_role`: the role's tasks in place of the entry. */
export function importRole(loader: Loader, node: YamlNode, key: YamlNode, place: Place): readonly TaskNode[] {
  const call = readCall(loader, node, key, { name: 'import_role', keywords: 'import', target: 'name', takes });
  const name = call?.plainArg('name');
  if (call === undefined || name === undefined) return [];
  const inner = inherit(place.inherited, call.fields, loader.problems);
  const inherited = asParams(place.inherited, inner, noVars);
  const from = present({ tasksFrom: call.plainArg('tasks_from')?.value, ...otherParts(call) });
  return loadRole(loader, { name: name.value, span: name.span, inherited, ...from }, place)?.nodes ?? [];
}

/** `include_role`: a node that reads the role for each host, or once when its name holds no template. */
export function includeRole(loader: Loader, node: YamlNode, key: YamlNode, place: Place): readonly TaskNode[] {
  const shape = { name: 'include_role', keywords: 'include', target: 'name', takes: [...takes, 'apply'] } as const;
  const call = readCall(loader, node, key, shape);
  if (call === undefined) return [];
  const parts = present(otherParts(call));
  return [
    makeInclude(loader, spanOf(node), call, place, {
      of: 'role',
      chainLink: () => undefined,
      read: (inner, at, { target, tasksFrom }) => {
        const from = present({ tasksFrom });
        const wanted = { name: target, span: call.target.span, inherited: at.inherited, ...from, ...parts };
        return loadRole(inner, wanted, at)?.nodes ?? [];
      },
    }),
  ];
}

function otherParts(call: Call) {
  return {
    varsFrom: call.plainArg('vars_from')?.value,
    defaultsFrom: call.plainArg('defaults_from')?.value,
    handlersFrom: call.plainArg('handlers_from')?.value,
  };
}
