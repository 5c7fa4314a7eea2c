import { isAlias, isPair, isScalar, isSeq } from 'yaml';
import type { Alias, Pair, ParsedNode, Scalar, YAMLMap, YAMLSeq } from 'yaml';

import { didYouMean } from './suggest.ts';
import type { Value } from './value.ts';
import { scalarRange, scalarValue } from './yaml-scalar.ts';
import type { Problem } from './yaml-problems.ts';
import { tagProblem, unquotedTemplate } from './yaml-problems.ts';

/** A value with its offsets in the source and, for collections, its members. Aliases share the part of their anchor. */
export interface Part {
  readonly value: Value;
  readonly start: number;
  readonly end: number;
  /** Values in it with aliases written out: what an alias bomb makes huge. */
  readonly weight: number;
  /** Levels of nesting in it, through aliases too. */
  readonly depth: number;
  readonly source?: string;
  readonly entries?: ReadonlyMap<string | number, Entry>;
}

interface Entry {
  readonly part: Part;
  readonly key?: { readonly start: number; readonly end: number };
}

interface Context {
  readonly text: string;
  readonly problems: Problem[];
  readonly anchors: Map<string, Part | 'open'>;
}

const maxWeight = 1_000_000;
/** Deeper values would overflow the stack of whoever walks them. */
export const maxDepth = 200;

/** Turns the parser's tree into plain data, reporting whatever plain data cannot hold. */
export function convertYaml(
  contents: ParsedNode | null,
  text: string,
): { readonly root: Part; readonly problems: readonly Problem[] } {
  const context: Context = { text, problems: [], anchors: new Map() };
  const root = convert(contents, context, 0);
  return { root, problems: context.problems };
}

function convert(node: ParsedNode | null, context: Context, at: number): Part {
  if (node === null) return { value: null, start: at, end: at, weight: 1, depth: 0 };
  const [start] = node.range;
  const report = (message: string, hint?: string): Part => {
    context.problems.push(problem(start, node.range[1], message, hint));
    return { value: null, start, end: node.range[1], weight: 1, depth: 0 };
  };
  if (isAlias(node)) return resolve(node, context, report);
  const wrongTag = tagProblem(node, context.text);
  if (wrongTag !== undefined) {
    context.problems.push(wrongTag);
    return { value: null, start, end: node.range[1], weight: 1, depth: 0 };
  }
  if (node.anchor !== undefined) context.anchors.set(node.anchor, 'open');
  const part = convertNode(node, context);
  const excess = excessOf(part);
  const kept = excess === undefined ? part : report(excess);
  if (node.anchor !== undefined) context.anchors.set(node.anchor, kept);
  return kept;
}

function excessOf({ weight, depth }: Part): string | undefined {
  if (weight > maxWeight) return 'the aliases in this file expand to too many values';
  return depth > maxDepth ? `the values are nested more than ${maxDepth} levels deep` : undefined;
}

function resolve(node: Alias.Parsed, context: Context, report: (message: string, hint?: string) => Part): Part {
  const part = context.anchors.get(node.source);
  if (part === 'open') return report(`\`*${node.source}\` refers to a value that it is part of`);
  if (part !== undefined) return part;
  const hint = didYouMean(node.source, context.anchors.keys());
  return report(`no anchor \`&${node.source}\` stands before this alias`, hint ?? 'Quote text that starts with `*`.');
}

function convertNode(node: Exclude<ParsedNode, Alias.Parsed>, context: Context): Part {
  if (isScalar(node)) return convertScalar(node, context);
  if (isSeq(node)) return convertList(node, context);
  return convertMap(node, context);
}

function convertScalar(node: Scalar.Parsed, context: Context): Part {
  const { value, problem: wrong } = scalarValue(node);
  const { start, end } = scalarRange(node, context.text);
  if (wrong !== undefined) context.problems.push({ ...wrong, start, end });
  return { value, start, end, weight: 1, depth: 0, source: node.source };
}

function convertList(node: YAMLSeq.Parsed, context: Context): Part {
  const [start, end] = node.range;
  // Pairs stand in lists of the tags `!!omap` and `!!pairs` only, which are refused before.
  const parts = node.items.map((item) => convert(isPair(item) ? null : item, context, start));
  return {
    value: parts.map(({ value }) => value),
    start,
    end,
    ...sizeOf(parts),
    entries: new Map(parts.map((part, i) => [i, { part }])),
  };
}

type ParsedPair = Pair<ParsedNode, ParsedNode | null>;

function convertMap(node: YAMLMap.Parsed, context: Context): Part {
  const [start, end] = node.range;
  const own = new Map<string, Entry>();
  const merged = new Map<string, Entry>();
  for (const pair of node.items) {
    if (isMergeKey(pair.key)) merge(pair, merged, context);
    else addPair(pair, own, node, context);
  }
  const entries = new Map([...merged, ...own]);
  const value: Record<string, Value> = Object.create(null);
  for (const [name, { part }] of entries) value[name] = part.value;
  return { value, start, end, ...sizeOf([...entries.values()].map(({ part }) => part)), entries };
}

function sizeOf(parts: readonly Part[]): Pick<Part, 'weight' | 'depth'> {
  let weight = 1;
  let deepest = 0;
  for (const part of parts) {
    weight += part.weight;
    deepest = Math.max(deepest, part.depth);
  }
  return { weight, depth: deepest + 1 };
}

function addPair(pair: ParsedPair, own: Map<string, Entry>, map: YAMLMap.Parsed, context: Context): void {
  const key = keyOf(pair, map, context);
  if (key === undefined) return;
  const { name, start, end } = key;
  const part = convert(pair.value, context, end);
  if (own.has(name)) {
    const hint = 'Remove one of them: the later one would silently win.';
    context.problems.push(problem(start, end, `\`${name}\` is written twice here`, hint));
  }
  own.set(name, { part, key: { start, end } });
}

/** The text of a key; reports keys that are no text. */
function keyOf({ key }: ParsedPair, map: YAMLMap.Parsed, context: Context) {
  if (isScalar(key)) {
    const { start, end } = scalarRange(key, context.text);
    // Plain keys stay as written, so that `on`, `1.10` and `null` are names.
    return { name: key.type === 'PLAIN' ? key.source : String(key.value), start, end };
  }
  const template = unquotedTemplate(map, context.text);
  const [start, end] = key.range;
  context.problems.push(
    template ?? problem(start, end, 'a key must be text', 'Quote text that starts with `[`, `{` or `*`.'),
  );
  return undefined;
}

function isMergeKey(key: ParsedNode): boolean {
  return isScalar(key) && key.type === 'PLAIN' && key.source === '<<';
}

function merge(pair: ParsedPair, merged: Map<string, Entry>, context: Context): void {
  const part = convert(pair.value, context, pair.key.range[1]);
  const sources = Array.isArray(part.value) ? [...(part.entries ?? [])].map(([, entry]) => entry.part) : [part];
  for (const source of sources) {
    if (typeof source.value !== 'object' || source.value === null || Array.isArray(source.value)) {
      context.problems.push(problem(source.start, source.end, 'only mappings can be merged with `<<`'));
      continue;
    }
    // The first of several sources wins.
    for (const [name, entry] of source.entries ?? []) {
      if (typeof name === 'string' && !merged.has(name)) merged.set(name, entry);
    }
  }
}

function problem(start: number, end: number, message: string, hint?: string): Problem {
  return { severity: 'error', start, end, message, ...(hint !== undefined && { hint }) };
}
