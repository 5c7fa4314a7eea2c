import type { Scalar } from 'yaml';

import type { Value } from './value.ts';
import type { Problem } from './yaml-problems.ts';

/** A scalar's value, with what is wrong or doubtful about it. */
export function scalarValue({ value, source, type }: Scalar.Parsed): {
  readonly value: Value;
  readonly problem?: Pick<Problem, 'severity' | 'message' | 'hint'>;
} {
  if (typeof value === 'number') return type === 'PLAIN' ? numberValue(value, source) : { value };
  if (typeof value === 'string' || typeof value === 'boolean' || value === null) return { value };
  return {
    value: null,
    problem: { severity: 'error', message: 'only text, numbers, booleans and null are understood' },
  };
}

function numberValue(value: number, source: string): ReturnType<typeof scalarValue> {
  if (!Number.isFinite(value)) {
    const hint = `Write "${source}" in quotes.`;
    return {
      value: source,
      problem: { severity: 'error', message: `\`${source}\` is not a number that JSON knows`, hint },
    };
  }
  const isOctal = /^[-+]?(0\d|0o)/.test(source);
  if (isOctal || (Number.isInteger(value) && !Number.isSafeInteger(value))) return { value: source };
  if (!/^[-+]?\d+\.\d*0$/.test(source)) return { value };
  const hint = `Write "${source}" in quotes if it is a version or a name.`;
  return { value, problem: { severity: 'warning', message: `\`${source}\` is read as the number ${value}`, hint } };
}

/**
 * The offsets of a scalar's text: without quotes, and for block scalars from the first character of the first line below
 * the `|`, so that places inside the text can be shifted into places in the file.
 */
export function scalarRange(
  { type, range }: Scalar.Parsed,
  text: string,
): { readonly start: number; readonly end: number } {
  const [start, end] = range;
  const isQuoted = type === 'QUOTE_DOUBLE' || type === 'QUOTE_SINGLE';
  if (isQuoted) return { start: start + 1, end: Math.max(start + 1, end - 1) };
  if (type === 'BLOCK_LITERAL' || type === 'BLOCK_FOLDED') return blockRange(text, start, end);
  return { start, end };
}

function blockRange(text: string, start: number, end: number) {
  const header = text.indexOf('\n', start);
  if (header === -1 || header + 1 >= end) return { start, end };
  const body = text.slice(header + 1, end);
  const explicit = /^[|>][-+]?[1-9]/.test(text.slice(start, header));
  const indent = /^(?:[ \t]*\r?\n)*( +)/.exec(body)?.[1]?.length ?? 0;
  const firstLine = body.slice(0, body.search(/\r?\n|$/));
  // With an indentation indicator or a shorter first line, the first column is not the text's: point at the header.
  if (explicit || firstLine.length < indent) return { start, end: header };
  return { start: header + 1 + indent, end };
}
