import { dirname } from 'node:path';

import type { Located } from '../base/diagnostic.ts';
import { didYouMean } from '../base/suggest.ts';
import { isList } from '../base/value.ts';
import { Fields } from './fields.ts';
import { foldersOf } from './folders.ts';
import { inherit } from './inherit.ts';
import { checkKeywords } from './keywords.ts';
import { withDeadman } from './load-deadman.ts';
import { loadRole } from './load-role.ts';
import { loadRollout } from './load-rollout.ts';
import { isHandler } from './load-task.ts';
import type { Loader, Place } from './loader.ts';
import { playOrders, type Flush, type Inherited, type Play, type TaskNode, type WrittenVars } from './playbook.ts';
import { present } from './present.ts';
import type { Problems } from './problems.ts';
import { readRoleEntry } from './role-entry.ts';
import { readVars } from './vars.ts';
import { loadVarsFiles } from './vars-files.ts';
import { readWaveSizes } from './wave-sizes.ts';
import { entriesOf, itemsOf, located, spanOf } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

/** What an `import_playbook` hands to the plays of its file. */
export interface ImportedWith {
  readonly inherited: Inherited;
  readonly vars: WrittenVars;
}

/** A play; undefined, with everything reported, when it names no hosts. */
export function loadPlay(loader: Loader, node: YamlNode, file: string, given: ImportedWith): Play | undefined {
  const { problems } = loader;
  checkKeywords(node, 'play', problems);
  const fields = new Fields(node, problems);
  const hosts = readHosts(fields, problems);
  const name = fields.text('name')?.value ?? hosts?.value ?? 'play';
  const folder = dirname(file);
  // The play's own variables are a layer of their own, below those of blocks.
  const inherited = { ...inherit(given.inherited, fields, problems), vars: [] };
  const place: Place = {
    id: loader.ids.take('', name),
    file,
    playFolder: folder,
    holds: 'tasks',
    inherited: { ...inherited, folders: foldersOf([], file, folder) },
    chain: [file],
    sink: { handlers: [], roles: [], done: new Set(), handlerFiles: new Set() },
  };
  const body = withDeadman(loader, node, place, (inner) => loadBody(loader, fields, inner));
  if (hosts === undefined) return undefined;
  const vars = fields.mapping('vars');
  return {
    id: place.id,
    name,
    span: spanOf(node),
    folder,
    hosts,
    vars: new Map([...(vars === undefined ? [] : readVars(entriesOf(vars), problems)), ...given.vars]),
    varsFiles: loadVarsFiles(loader, fields, place),
    body,
    handlers: [...place.sink.handlers],
    roles: place.sink.roles,
    become: inherited.become,
    environment: inherited.environment,
    tags: inherited.tags,
    anyErrorsFatal: inherited.anyErrorsFatal,
    ...readPolicy(fields, problems),
    ...present({ rollout: loadRollout(loader, fields, place) }),
  };
}

function readHosts(fields: Fields, problems: Problems): Located<string> | undefined {
  const node = fields.get('hosts');
  if (node === undefined) {
    // A misspelt `hosts` has been reported.
    if (entriesOf(fields.node).some(([name]) => didYouMean(name, ['hosts']) !== undefined)) return undefined;
    problems.error(
      spanOf(fields.node),
      'a play without `hosts`',
      'Say where it runs: `hosts: all`, a group, or a pattern.',
    );
    return undefined;
  }
  const hosts = fields.texts('hosts');
  if (hosts.some(({ value }) => value.trim() === '')) problems.error(spanOf(node), '`hosts` is empty');
  if (hosts.length > 0 && !isList(node.value)) return hosts[0];
  return hosts.length === 0 ? undefined : located(hosts.map(({ value }) => value).join(','), node);
}

function loadBody(loader: Loader, fields: Fields, place: Place): readonly TaskNode[] {
  const list = (keyword: string): readonly TaskNode[] => {
    const node = fields.get(keyword);
    return node === undefined ? [] : loader.loadNodes(loader, node, place);
  };
  const flushAfter = (keyword: string, nodes: readonly TaskNode[]): readonly TaskNode[] => {
    const flush: Flush = { kind: 'flush', span: spanOf(fields.get(keyword) ?? fields.node), when: [] };
    return nodes.length === 0 ? [] : [...nodes, flush];
  };
  const before = flushAfter('pre_tasks', list('pre_tasks'));
  const roles = loadRoles(loader, fields, place);
  const tasks = flushAfter('tasks', [...roles, ...list('tasks')]);
  const after = flushAfter('post_tasks', list('post_tasks'));
  const handlers = fields.get('handlers');
  if (handlers !== undefined) {
    const id = `${place.id}/handlers`;
    place.sink.handlers.push(
      ...loader.loadNodes(loader, handlers, { ...place, id, holds: 'handlers' }).filter(isHandler),
    );
  }
  return [...before, ...tasks, ...after];
}

function loadRoles(loader: Loader, fields: Fields, place: Place): readonly TaskNode[] {
  const list = fields.list('roles');
  if (list === undefined) return [];
  return itemsOf(list).flatMap((entry) => {
    return withDeadman(loader, entry, place, (inner) => {
      const call = readRoleEntry(loader, entry, inner.inherited);
      return (call && loadRole(loader, call, inner)?.nodes) ?? [];
    });
  });
}

/** How the play rolls over its hosts. */
function readPolicy(fields: Fields, problems: Problems) {
  return {
    gatherFacts: fields.boolean('gather_facts') ?? false,
    serial: readWaveSizes(fields, 'serial', problems),
    order: fields.choice('order', playOrders) ?? 'inventory',
    strategy: fields.choice('strategy', ['free', 'linear']) ?? 'free',
    ignoreUnreachable: fields.boolean('ignore_unreachable') ?? false,
    forceHandlers: fields.boolean('force_handlers') ?? false,
    rollback: fields.choice('rollback', ['host', 'none']) ?? 'host',
    ...present({ maxFailPercentage: readPercentage(fields, problems), remoteUser: fields.text('remote_user') }),
  } as const;
}

function readPercentage(fields: Fields, problems: Problems): number | undefined {
  const node = fields.get('max_fail_percentage');
  if (node === undefined) return undefined;
  const value = typeof node.value === 'string' ? Number(node.value.replace(/%$/, '')) : node.value;
  if (typeof value === 'number' && value >= 0 && value <= 100) return value;
  problems.error(spanOf(node), '`max_fail_percentage` must be a number from 0 to 100');
  return undefined;
}
