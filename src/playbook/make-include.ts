import type { Located, Span } from '../base/diagnostic.ts';
import { isTemplate } from '../template/parse-template.ts';
import type { Call } from './call.ts';
import { Fields } from './fields.ts';
import { inherit } from './inherit.ts';
import { checkKeywords } from './keywords.ts';
import { loadLoop } from './load-loop.ts';
import type { Loader, Place } from './loader.ts';
import type { Include, Inherited, Loaded, TaskNode } from './playbook.ts';
import { present } from './present.ts';
import { Problems } from './problems.ts';
import { readVars } from './vars.ts';
import { entriesOf } from './yaml-node.ts';

/** What is read for an include once its names are rendered. */
export interface Wanted {
  readonly target: string;
  readonly tasksFrom?: string;
}

export interface IncludeReader {
  readonly of: Include['of'];
  /** What stands in the chain of files when this is read. */
  readonly chainLink: (place: Place, wanted: Wanted) => string | undefined;
  readonly read: (loader: Loader, place: Place, wanted: Wanted) => readonly TaskNode[];
}

/** The node of an `include_*`. When its names hold no template it is read at once, so that its mistakes show. */
export function makeInclude(loader: Loader, span: Span, call: Call, place: Place, reader: IncludeReader): Include {
  const { problems } = loader;
  const { of } = reader;
  const name = call.fields.text('name')?.value ?? `include_${of}: ${call.target.value}`;
  const tasksFrom = of === 'role' ? call.arg('tasks_from') : undefined;
  const id = loader.ids.take(place.id, name);
  const inside: Place = { ...place, id, inherited: handedOn(loader, call, place) };
  const load = readerWithCache(loader, inside, reader);
  const known = readNow(call, tasksFrom, inside, reader, (wanted) => load(wanted, problems, place.sink.handlerFiles));
  place.sink.handlers.push(...(known?.handlers ?? []));
  return {
    kind: 'include',
    id,
    name,
    span,
    of,
    target: call.target,
    ...inherit(place.inherited, call.fields, problems),
    ...present({ loop: loadLoop(call.fields, problems), tasksFrom, known }),
    load(target, from) {
      const found = new Problems();
      const loaded = load({ target, ...present({ tasksFrom: from }) }, found, new Set(place.sink.handlerFiles));
      found.throwIfAny();
      return loaded;
    },
  };
}

/** Reads what is known already. A file that includes itself, under some condition, is read when a host comes to it. */
function readNow(
  { target }: Call,
  tasksFrom: Located<string> | undefined,
  place: Place,
  reader: IncludeReader,
  load: (wanted: Wanted) => Loaded,
): Loaded | undefined {
  const names = [target, ...(tasksFrom === undefined ? [] : [tasksFrom])];
  if (names.some(({ value }) => isTemplate(value))) return undefined;
  const wanted: Wanted = { target: target.value, ...present({ tasksFrom: tasksFrom?.value }) };
  const link = reader.chainLink(place, wanted);
  return link !== undefined && place.chain.includes(link) ? undefined : load(wanted);
}

function readerWithCache(
  loader: Loader,
  inside: Place,
  reader: IncludeReader,
): (wanted: Wanted, problems: Problems, handlerFiles: Set<string>) => Loaded {
  const cache = new Map<string, Loaded>();
  return (wanted, problems, handlerFiles) => {
    const key = JSON.stringify([wanted.target, wanted.tasksFrom]);
    const known = cache.get(key);
    if (known !== undefined) return known;
    const sink: Place['sink'] = { handlers: [], roles: [], done: new Set(inside.sink.done), handlerFiles };
    const nodes = reader.read({ ...loader, problems }, { ...inside, sink }, wanted);
    const loaded: Loaded = { nodes, handlers: sink.handlers };
    if (!problems.hasErrors) cache.set(key, loaded);
    return loaded;
  };
}

/** What the included tasks inherit: what surrounds the include, its `apply:`, and its variables as parameters. */
function handedOn({ problems }: Loader, { fields, apply }: Call, { inherited: outer }: Place): Inherited {
  const vars = fields.mapping('vars');
  const params = vars === undefined ? outer.params : [...outer.params, readVars(entriesOf(vars), problems)];
  if (apply === undefined) return { ...outer, params };
  checkKeywords(apply, 'apply', problems);
  return { ...inherit(outer, new Fields(apply, problems), problems), params };
}
