import { formatPatch, structuredPatch } from 'diff';

import type { Diff } from '../base/op.ts';
import { sanitise } from '../base/text.ts';
import type { Style } from './style.ts';
import { count } from './words.ts';

/** Larger texts are only counted. */
const largestChars = 2 << 20;
/** A file that has little in common with the old one is not worth seconds of searching for the smallest patch. */
const patience = { timeout: 300, maxEditLength: 5000 };
const mostLines = 200;

/**
 * The unified diff of a change, as `patch -p0` takes it, without a trailing newline; or, in square brackets, why there is
 * none (binary, too large, too different). Empty when the texts are equal.
 */
export function unifiedDiff({ of, before, after }: Diff): string {
  if (before === after) return '';
  if (isBinary(before) || isBinary(after)) return summary('binary content', before, after);
  if (before.length + after.length > largestChars) return summary('large content', before, after);
  const patch = structuredPatch(of, of, before, after, undefined, undefined, { context: 3, ...patience });
  if (patch === undefined) return summary('very different content', before, after);
  return formatPatch(patch, { includeIndex: false, includeUnderline: false, includeFileHeaders: true }).replace(
    /\n$/,
    '',
  );
}

/** The same for people: coloured, made safe for a terminal, and cut when it is long. */
export function diffLines(diff: Diff, style: Style): string[] {
  const text = unifiedDiff(diff);
  const lines = text === '' ? [] : text.split('\n');
  // A carriage return must not hide what stands before it.
  const shown = lines.slice(0, mostLines).map((line) => paint(sanitise(line.replaceAll('\r', '^M')), style));
  const left = lines.length - shown.length;
  return left > 0 ? [...shown, style.quiet(`... ${count(left, 'more line')}`)] : shown;
}

function isBinary(text: string): boolean {
  return text.includes('\0') || text.includes('\ufffd');
}

function summary(what: string, before: string, after: string): string {
  const measure = what.startsWith('binary') ? bytesOf : linesOf;
  return `[${what}: ${measure(before)} -> ${measure(after)}]`;
}

function bytesOf(text: string): string {
  return count(Buffer.byteLength(text), 'byte');
}

function linesOf(text: string): string {
  return count(text === '' ? 0 : text.replace(/\n$/, '').split('\n').length, 'line');
}

function paint(line: string, style: Style): string {
  if (line.startsWith('---') || line.startsWith('+++')) return style.strong(line);
  if (line.startsWith('-')) return style.bad(line);
  if (line.startsWith('+')) return style.good(line);
  return line.startsWith('@@') ? style.place(line) : line;
}
