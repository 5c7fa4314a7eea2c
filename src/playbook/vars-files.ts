import { resolve } from 'node:path';

import { isList } from '../base/value.ts';
import { isTemplate } from '../template/parse-template.ts';
import type { Fields } from './fields.ts';
import type { Loader, Place } from './loader.ts';
import type { VarsFile, WrittenVars } from './playbook.ts';
import { Problems } from './problems.ts';
import { isFile, shownPath } from './source-files.ts';
import { checkTemplates } from './templates.ts';
import { readVarsFile } from './vars.ts';
import { itemsOf, located, spanOf, written } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

/** The entries of `vars_files`; files whose names hold no template are read at once, so that their mistakes show. */
export function loadVarsFiles(loader: Loader, fields: Fields, place: Place): readonly VarsFile[] {
  const node = fields.get('vars_files');
  if (node === undefined) return [];
  const entries = isList(node.value) ? itemsOf(node) : [node];
  return entries.flatMap((entry) => loadEntry(loader, entry, place) ?? []);
}

function loadEntry(loader: Loader, entry: YamlNode, { playFolder }: Place): VarsFile | undefined {
  const { problems } = loader;
  const candidates = isList(entry.value) ? itemsOf(entry) : [entry];
  const names = candidates.flatMap((candidate) => {
    checkTemplates(written(candidate), problems);
    if (typeof candidate.value === 'string') return [located(candidate.value, candidate)];
    problems.error(
      spanOf(candidate),
      'an entry of `vars_files` must be a file name, or a list of them: the first that exists',
    );
    return [];
  });
  const cache = new Map<string, WrittenVars>();
  const load = (name: string, into: Problems): WrittenVars | undefined => {
    const file = [resolve(playFolder, name), resolve(playFolder, 'vars', name)].find(isFile);
    if (file === undefined) return undefined;
    const vars = cache.get(file) ?? readVarsFile({ ...loader, problems: into }, file, spanOf(entry));
    cache.set(file, vars);
    return vars;
  };
  if (
    !names.some(({ value }) => isTemplate(value)) &&
    !names.some(({ value }) => load(value, problems) !== undefined)
  ) {
    const shown = names.map(({ value }) => shownPath(resolve(playFolder, value))).join(' and ');
    if (names.length > 0) problems.error(spanOf(entry), `there is no file ${shown}`);
  }
  return {
    names,
    load(rendered) {
      const found = new Problems();
      const vars = load(rendered, found);
      found.throwIfAny();
      return vars;
    },
  };
}
