import { dirname, resolve } from 'node:path';

import type { Span } from '../base/diagnostic.ts';
import type { SourceLog } from '../base/source-log.ts';
import { Fields } from './fields.ts';
import { inherit, nothingInherited } from './inherit.ts';
import { checkKeywords } from './keywords.ts';
import { loadNodes } from './load-nodes.ts';
import type { ImportedWith } from './load-play.ts';
import { loadPlay } from './load-play.ts';
import type { Loader, ModuleIndex } from './loader.ts';
import { readYaml } from './loader.ts';
import { withoutCollection } from './module-key.ts';
import type { Play, Playbook } from './playbook.ts';
import type { Problems } from './problems.ts';
import { shownPath, SourceFiles } from './source-files.ts';
import { TaskIds } from './task-ids.ts';
import { noVars, readVars } from './vars.ts';
import { entriesOf, itemsOf, kindOf, memberOf, spanOf } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';
import { isList, isValues } from '../base/value.ts';
import { isTemplate } from '../template/parse-template.ts';

/**
 * Reads playbooks with everything they name: imports, roles, files of variables, and the includes whose names are known.
 * What is wrong in any of them is added to `problems`; the playbooks are then as good as they get. `log` hears of every file.
 */
export function loadPlaybooks(
  files: readonly string[],
  modules: ModuleIndex,
  problems: Problems,
  log?: SourceLog,
): readonly Playbook[] {
  const loader: Loader = { problems, modules, files: new SourceFiles(log), ids: new TaskIds(), loadNodes };
  return files.map((name) => {
    const file = resolve(name);
    const from: Span = { file: shownPath(file), line: 1, column: 1, length: 1 };
    return { file, plays: loadFile(loader, file, from, { inherited: nothingInherited, vars: noVars }, [file]) };
  });
}

function loadFile(
  loader: Loader,
  file: string,
  from: Span,
  given: ImportedWith,
  chain: readonly string[],
): readonly Play[] {
  const { problems } = loader;
  const root = readYaml(loader, file, from);
  if (root === undefined) return [];
  if (!isList(root.value)) {
    const hint = isValues(root.value) ? 'Start each play with `- `, its other lines indented by two.' : undefined;
    problems.error(spanOf(root), `a playbook must be a list of plays, not ${kindOf(root.value)}`, hint);
    return [];
  }
  return itemsOf(root).flatMap((item) => {
    if (!isValues(item.value)) {
      problems.error(spanOf(item), `a play must be a mapping, not ${kindOf(item.value)}`);
      return [];
    }
    const entry = entriesOf(item).find(([name]) => withoutCollection(name) === 'import_playbook')?.[1];
    if (entry !== undefined) return importPlaybook(loader, item, entry, file, given, chain);
    if (memberOf(item, 'hosts') === undefined && looksLikeTask(loader, item)) {
      problems.error(
        spanOf(item),
        'this is a task, and a play was expected',
        'Put it below `tasks:` of a play with `hosts:`.',
      );
      return [];
    }
    return loadPlay(loader, item, file, given) ?? [];
  });
}

function looksLikeTask({ modules }: Loader, item: YamlNode): boolean {
  return entriesOf(item).some(([name]) => modules.find(withoutCollection(name)) !== undefined);
}

function importPlaybook(
  loader: Loader,
  node: YamlNode,
  entry: YamlNode,
  from: string,
  given: ImportedWith,
  chain: readonly string[],
): readonly Play[] {
  const { problems } = loader;
  checkKeywords(node, 'import_playbook entry', problems, entry);
  const fields = new Fields(node, problems);
  const { value } = entry;
  if (typeof value !== 'string' || isTemplate(value)) {
    problems.error(spanOf(entry), '`import_playbook` must be the name of a file, without templates');
    return [];
  }
  const file = resolve(dirname(from), value);
  if (chain.includes(file)) {
    problems.error(spanOf(entry), `${shownPath(file)} imports itself`);
    return [];
  }
  const vars = fields.mapping('vars');
  const inherited = { ...inherit(given.inherited, fields, problems), vars: [] };
  const merged = new Map([...(vars === undefined ? [] : readVars(entriesOf(vars), problems)), ...given.vars]);
  return loadFile(loader, file, spanOf(entry), { inherited, vars: merged }, [...chain, file]);
}
