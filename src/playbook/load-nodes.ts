import { isList, isValues } from '../base/value.ts';
import { Fields } from './fields.ts';
import { inherit } from './inherit.ts';
import { checkKeywords } from './keywords.ts';
import { withDeadman } from './load-deadman.ts';
import { importTasks, includeTasks } from './load-include.ts';
import { loadMeta } from './load-meta.ts';
import { importRole, includeRole } from './load-role-task.ts';
import { loadTask } from './load-task.ts';
import type { Loader, Place } from './loader.ts';
import { withoutCollection } from './module-key.ts';
import type { TaskNode } from './playbook.ts';
import { entriesOf, itemsOf, keySpanOf, kindOf, memberOf, spanOf } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

/** What an entry that runs no module is: the key that says so, and who reads it. */
const readers: Readonly<
  Record<string, (loader: Loader, node: YamlNode, key: YamlNode, place: Place) => readonly TaskNode[]>
> = {
  include_tasks: includeTasks,
  import_tasks: importTasks,
  include_role: includeRole,
  import_role: importRole,
  meta: loadMeta,
};

const neverHandlers = new Set(['include_tasks', 'include_role', 'import_role', 'meta']);

/** Reads a list of tasks, blocks, includes and imports. Plain blocks and imports are dissolved into it. */
export function loadNodes(loader: Loader, list: YamlNode, place: Place): readonly TaskNode[] {
  if (list.value === null) return [];
  if (isList(list.value)) return itemsOf(list).flatMap((item) => loadNode(loader, item, place));
  loader.problems.error(
    spanOf(list),
    `${place.holds} must be a list, not ${kindOf(list.value)}`,
    'Start each with `- `.',
  );
  return [];
}

function loadNode(loader: Loader, node: YamlNode, place: Place): readonly TaskNode[] {
  const { problems } = loader;
  if (!isValues(node.value)) {
    const hint = typeof node.value === 'string' ? `Write \`- command: ${node.value}\` to run a command.` : undefined;
    problems.error(spanOf(node), `a task must be a mapping, not ${kindOf(node.value)}`, hint);
    return [];
  }
  return withDeadman(loader, node, place, (inner) => loadEntry(loader, node, inner));
}

function loadEntry(loader: Loader, node: YamlNode, place: Place): readonly TaskNode[] {
  const { problems } = loader;
  const isBlock = ['block', 'rescue', 'always'].some((name) => memberOf(node, name) !== undefined);
  if (isBlock) return loadBlock(loader, node, place);
  for (const [name, key] of entriesOf(node)) {
    const control = withoutCollection(name);
    const read = Object.hasOwn(readers, control) ? readers[control] : undefined;
    if (read === undefined) continue;
    if (place.holds === 'tasks' || !neverHandlers.has(control)) return read(loader, node, key, place);
    problems.error(
      keySpanOf(key),
      `\`${control}\` cannot be a handler`,
      'Use `import_tasks`, or notify several handlers.',
    );
    return [];
  }
  const task = loadTask(loader, node, place);
  return task === undefined ? [] : [task];
}

function loadBlock(loader: Loader, node: YamlNode, place: Place): readonly TaskNode[] {
  const { problems } = loader;
  if (place.holds === 'handlers') {
    problems.error(
      spanOf(node),
      'a block cannot be a handler',
      'Write the handlers one by one; several can `listen` to one topic.',
    );
    return [];
  }
  checkKeywords(node, 'block', problems);
  const fields = new Fields(node, problems);
  const name = fields.text('name')?.value;
  const inherited = inherit(place.inherited, fields, problems);
  const list = (keyword: string, id: string) => {
    const entry = fields.get(keyword);
    return entry === undefined ? [] : loadNodes(loader, entry, { ...place, id, inherited });
  };
  if (fields.get('block') === undefined) problems.error(spanOf(node), 'this block has no `block:`');
  if (fields.get('rescue') === undefined && fields.get('always') === undefined) {
    return list('block', name === undefined ? place.id : loader.ids.take(place.id, name));
  }
  const id = loader.ids.take(place.id, name ?? 'block');
  return [
    {
      kind: 'block',
      id,
      name: name ?? 'block',
      span: spanOf(node),
      block: list('block', id),
      rescue: list('rescue', `${id}/rescue`),
      always: list('always', `${id}/always`),
    },
  ];
}
