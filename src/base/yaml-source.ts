import { LineCounter } from 'yaml';

import type { Diagnostic, Span } from './diagnostic.ts';
import type { Value } from './value.ts';
import { parseDocument } from './yaml-document.ts';
import { convertYaml, maxDepth } from './yaml-parts.ts';
import type { Part } from './yaml-parts.ts';
import { readProblems } from './yaml-problems.ts';
import type { Problem } from './yaml-problems.ts';

/** Where a part stands in a YAML value: `['tasks', 0, 'name']`. */
export type YamlPath = readonly (string | number)[];

/**
 * One YAML document as plain data, with the place of every part.
 *
 * YAML 1.2 with merge keys; `yes`/`no`/`on`/`off` are text (see `readBoolean`). Numbers that would not survive stay the
 * text they were written as: `0644` is "0644", `0o17` is "0o17", and so are integers beyond 2^53. Mappings have no
 * prototype; keys are always text, as written.
 */
export interface YamlSource {
  readonly file: string;
  /** The whole text, for code frames. */
  readonly text: string;
  /** As good as it gets when `diagnostics` has errors. */
  readonly value: Value;
  readonly diagnostics: readonly Diagnostic[];
  /** The place of a value, or of its nearest parent that exists. A text's span starts at its first character, inside quotes or below `|`. */
  spanAt(path: YamlPath): Span;
  /** The place of a key, or of the value when the last step is an index. */
  keySpanAt(path: YamlPath): Span;
  /** A scalar as it was written ("0644", "1.10", "yes"), without its quotes. */
  sourceAt(path: YamlPath): string | undefined;
}

/** Parses one document; never throws. `file` is the name shown in messages. */
export function parseYaml(text: string, file: string): YamlSource {
  const source = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const lines = new LineCounter();
  const { root, problems } = read(source, lines);
  const spanOf = (start: number, end: number): Span => spanBetween(source, lines, file, start, end);
  return {
    file,
    text: source,
    value: root.value,
    diagnostics: problems.map((problem) => located(problem, spanOf(problem.start, problem.end))),
    spanAt(path) {
      const { part } = walk(root, path);
      return spanOf(part.start, part.end);
    },
    keySpanAt(path) {
      const { part, key } = walk(root, path);
      return key === undefined ? spanOf(part.start, part.end) : spanOf(key.start, key.end);
    },
    sourceAt(path) {
      const { part, found } = walk(root, path);
      return found ? part.source : undefined;
    },
  };
}

const nothing: Part = { value: null, start: 0, end: 0, weight: 1, depth: 0 };

function read(text: string, lines: LineCounter): { readonly root: Part; readonly problems: readonly Problem[] } {
  const document = parseDocument(text, lines, maxDepth);
  if (document === undefined) {
    const message = `the values are nested more than ${maxDepth} levels deep`;
    return { root: nothing, problems: [{ severity: 'error', start: 0, end: 1, message }] };
  }
  const { root, problems } = convertYaml(document.contents, text);
  return { root, problems: readProblems(document, problems, text) };
}

function located({ severity, message, hint }: Problem, span: Span): Diagnostic {
  return { severity, message, span, ...(hint !== undefined && { hint }) };
}

function walk(root: Part, path: YamlPath) {
  let part = root;
  let key: { readonly start: number; readonly end: number } | undefined;
  for (const step of path) {
    const entry = part.entries?.get(step);
    if (entry === undefined) return { part, key, found: false };
    part = entry.part;
    key = entry.key;
  }
  return { part, key, found: true };
}

function spanBetween(text: string, lines: LineCounter, file: string, start: number, end: number): Span {
  const { line, col } = start === 0 ? { line: 1, col: 1 } : lines.linePos(start);
  const newline = text.slice(start, end).search(/\r?\n/);
  return { file, line, column: col, length: newline === -1 ? end - start : newline };
}
