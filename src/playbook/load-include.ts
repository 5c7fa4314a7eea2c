import { basename, dirname, resolve } from 'node:path';

import type { Span } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import { readCall } from './call.ts';
import { foldersOf } from './folders.ts';
import { inherit } from './inherit.ts';
import { makeInclude } from './make-include.ts';
import type { Loader, Place } from './loader.ts';
import { readYaml } from './loader.ts';
import type { TaskNode } from './playbook.ts';
import { findYamlFile, shownPath } from './source-files.ts';
import { itemsOf, memberOf, spanOf } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

/** `import_tasks`: the file's tasks in place of the entry. */
export function importTasks(loader: Loader, node: YamlNode, key: YamlNode, place: Place): readonly TaskNode[] {
  const call = readCall(loader, node, key, { name: 'import_tasks', keywords: 'import', target: 'file', takes: [] });
  const target = call?.plainArg('file');
  if (call === undefined || target === undefined) return [];
  const inherited = inherit(place.inherited, call.fields, loader.problems);
  const name = call.fields.text('name')?.value;
  const id = name === undefined ? place.id : loader.ids.take(place.id, name);
  const { file } = findTasks(place, target.value);
  if (file !== undefined && place.chain.includes(file)) {
    loader.problems.error(
      target.span,
      `${shownPath(file)} imports itself`,
      'Use `include_tasks` with a condition that ends it.',
    );
    return [];
  }
  return readTasks(loader, target.value, target.span, { ...place, id, inherited });
}

/** `include_tasks`: a node that reads the file for each host, or once when its name holds no template. */
export function includeTasks(loader: Loader, node: YamlNode, key: YamlNode, place: Place): readonly TaskNode[] {
  const call = readCall(loader, node, key, {
    name: 'include_tasks',
    keywords: 'include',
    target: 'file',
    takes: ['apply'],
  });
  if (call === undefined) return [];
  return [
    makeInclude(loader, spanOf(node), call, place, {
      of: 'tasks',
      chainLink: (at, { target }) => findTasks(at, target).file,
      read: (inner, at, { target }) =>
        readTasks(inner, target, call.target.span, { ...at, id: `${at.id}/${stem(target)}` }),
    }),
  ];
}

function stem(file: string): string {
  return basename(file).replace(/\.ya?ml$/, '');
}

function readTasks(loader: Loader, name: string, from: Span, place: Place): readonly TaskNode[] {
  const { file, candidates } = findTasks(place, name);
  if (file !== undefined) return readTasksFile(loader, file, from, place);
  loader.problems.error(from, `there is no file "${name}"`, `Looked for ${candidates.map(shownPath).join(', ')}.`);
  return [];
}

/** A file of tasks: beside the file that names it, in the role's tasks/, in the role, beside the playbook. */
function findTasks({ file, holds, inherited, playFolder }: Place, name: string) {
  const folders = [
    dirname(file),
    ...inherited.folders.flatMap((folder) => [resolve(folder, holds), folder]),
    playFolder,
  ];
  const candidates = [...new Set(folders.map((folder) => resolve(folder, name)))];
  return { file: findYamlFile(candidates), candidates };
}

/** How often a file may stand in the chain of files that led to it. */
const maxSelfIncludes = 20;

/** The tasks of a file whose path is known. */
export function readTasksFile(loader: Loader, file: string, from: Span, place: Place): readonly TaskNode[] {
  const times = place.chain.filter((earlier) => earlier === file).length;
  if (times >= maxSelfIncludes) throw ConfigError.at(from, `${shownPath(file)} includes itself without an end`);
  const root = readYaml(loader, file, from);
  if (root === undefined) return [];
  const play = itemsOf(root).find((item) => memberOf(item, 'hosts') !== undefined);
  if (play !== undefined) {
    const hint = 'Write `import_playbook` at the top of a playbook to take its plays over.';
    loader.problems.error(spanOf(play), 'this is a play, and a file of tasks was expected', hint);
    return [];
  }
  const { roles } = place.inherited;
  const inherited = { ...place.inherited, folders: foldersOf(roles, file, place.playFolder) };
  return loader.loadNodes(loader, root, { ...place, file, inherited, chain: [...place.chain, file] });
}
