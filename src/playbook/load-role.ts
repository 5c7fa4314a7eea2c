import { readdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import { didYouMean } from '../base/suggest.ts';
import { isValues } from '../base/value.ts';
import { Fields } from './fields.ts';
import { foldersOf } from './folders.ts';
import { readTasksFile } from './load-include.ts';
import { isHandler } from './load-task.ts';
import type { Loader, Place } from './loader.ts';
import { readYaml } from './loader.ts';
import type { Inherited, RoleVars, TaskNode, WrittenVars } from './playbook.ts';
import type { RoleCall } from './role-entry.ts';
import { readRoleEntry } from './role-entry.ts';
import { findYamlFile, isFolder, shownPath } from './source-files.ts';
import { noVars, readVarsFile } from './vars.ts';
import { itemsOf, keySpanOf, memberOf } from './yaml-node.ts';

interface LoadedRole {
  readonly nodes: readonly TaskNode[];
  readonly role: RoleVars;
}

/** The nodes of a role, those of its dependencies first. Its handlers and variables go to the place's sink. */
export function loadRole(loader: Loader, call: RoleCall, place: Place): LoadedRole | undefined {
  const folder = findRole(loader, call, place);
  if (folder === undefined) return undefined;
  const link = `${folder}:${call.tasksFrom ?? 'main'}`;
  if (place.chain.includes(link)) {
    loader.problems.error(call.span, `the role ${call.name} depends on itself`);
    return undefined;
  }
  const { dependencies, allowDuplicates } = readMeta(loader, folder, call);
  const own: RoleVars = {
    name: call.name,
    folder,
    defaults: readPart(loader, call, folder, 'defaults', call.defaultsFrom),
    vars: readPart(loader, call, folder, 'vars', call.varsFrom),
    dependencies: [],
  };
  const inside: Place = {
    ...place,
    id: loader.ids.take(place.id, call.name),
    chain: [...place.chain, link],
    inherited: standingIn(call.inherited, own, folder, place),
  };
  const needed = dependencies.flatMap((entry) => {
    const deadman = isValues(entry.value) ? memberOf(entry, 'deadman') : undefined;
    if (deadman !== undefined) {
      loader.problems.error(keySpanOf(deadman), 'a dependency has no `deadman`', 'Put it on tasks of the role.');
    }
    const dependency = readRoleEntry(loader, entry, inside.inherited);
    return (dependency && loadRole(loader, dependency, inside)) ?? [];
  });
  const role = { ...own, dependencies: needed.map((dependency) => dependency.role) };
  const before = needed.flatMap(({ nodes }) => nodes);
  const identity = `${folder} ${call.identity}`;
  const isDone = call.identity !== undefined && !allowDuplicates && place.sink.done.has(identity);
  place.sink.done.add(identity);
  if (isDone) return { nodes: before, role };
  place.sink.roles.push(role);
  const here = { ...inside, inherited: standingIn(call.inherited, role, folder, place) };
  loadHandlers(loader, call, folder, here);
  return { nodes: [...before, ...loadTasks(loader, call, folder, here)], role };
}

function standingIn(outer: Inherited, role: RoleVars, folder: string, { playFolder }: Place): Inherited {
  const roles = [...outer.roles, role];
  return { ...outer, roles, folders: foldersOf(roles, resolve(folder, 'tasks/main'), playFolder) };
}

function readMeta(loader: Loader, folder: string, { span }: RoleCall) {
  const file = findYamlFile([resolve(folder, 'meta/main')]);
  const root = file === undefined ? undefined : readYaml(loader, file, span);
  if (root === undefined) return { dependencies: [], allowDuplicates: false };
  const fields = new Fields(root, loader.problems);
  const list = fields.list('dependencies');
  return {
    dependencies: list === undefined ? [] : itemsOf(list),
    allowDuplicates: fields.boolean('allow_duplicates') ?? false,
  };
}

/** A file of the role: main may be missing, a named one may not. */
function findPart({ problems }: Loader, call: RoleCall, folder: string, part: string, from: string | undefined) {
  const wanted = resolve(folder, part, from ?? 'main');
  const file = findYamlFile([wanted]);
  if (file === undefined && from !== undefined) {
    problems.error(
      call.span,
      `the role ${call.name} has no file ${part}/${from}`,
      `Looked for ${shownPath(wanted)}.yaml.`,
    );
  }
  return file;
}

function readPart(loader: Loader, call: RoleCall, folder: string, part: string, from: string | undefined): WrittenVars {
  const file = findPart(loader, call, folder, part, from);
  return file === undefined ? noVars : readVarsFile(loader, file, call.span);
}

function loadTasks(loader: Loader, call: RoleCall, folder: string, place: Place): readonly TaskNode[] {
  const file = findPart(loader, call, folder, 'tasks', call.tasksFrom);
  return file === undefined ? [] : readTasksFile(loader, file, call.span, place);
}

/** Once for each role of a play, however often it runs. */
function loadHandlers(loader: Loader, call: RoleCall, folder: string, place: Place): void {
  const file = findPart(loader, call, folder, 'handlers', call.handlersFrom);
  if (file === undefined || place.sink.handlerFiles.has(file)) return;
  place.sink.handlerFiles.add(file);
  const id = `${place.id}/handlers`;
  const nodes = readTasksFile(loader, file, call.span, { ...place, id, holds: 'handlers' });
  place.sink.handlers.push(...nodes.filter((node) => isHandler(node)));
}

function findRole({ problems }: Loader, { name, span }: RoleCall, place: Place): string | undefined {
  const above = place.inherited.roles.map(({ folder }) => dirname(folder)).toReversed();
  const homes = [...new Set([resolve(place.playFolder, 'roles'), ...above, place.playFolder])];
  const found = homes.map((home) => resolve(home, name)).find(isFolder);
  if (found !== undefined) return found;
  const known = homes
    .slice(0, -1)
    .filter(isFolder)
    .flatMap((home) => readdirSync(home));
  const hint = didYouMean(name, known) ?? `Looked in ${homes.map(shownPath).join(', ')}.`;
  problems.error(span, `there is no role "${name}"`, hint);
  return undefined;
}
