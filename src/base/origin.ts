import type { Span } from './diagnostic.ts';

/** Where a text comes from: a scalar of a YAML file, or a whole file. */
export type Origin = Span | { readonly file: string };

/** A place inside a text, counted from 1. */
export interface TextPlace {
  readonly line: number;
  readonly column: number;
  readonly length: number;
}

/**
 * The place in the file of a place inside a text that was read from it. Exact for whole files, block literals, and scalars
 * of one line without escapes; for folded and escaped scalars the whole scalar is the best that can be said.
 */
export function locate(origin: Origin, text: string, { line, column, length }: TextPlace): Span {
  if (!('line' in origin)) return { file: origin.file, line, column, length };
  const firstLine = text.split('\n', 1)[0] ?? '';
  if (firstLine.length !== origin.length) return origin;
  return { file: origin.file, line: origin.line + line - 1, column: origin.column + column - 1, length };
}
