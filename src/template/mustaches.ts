import type { TextPlace } from '../base/origin.ts';

/** One `{{...}}` as found by its braces: for messages about templates that do not parse. */
export interface Mustache {
  readonly place: TextPlace;
  /** Between the braces, without `~`, `#`, `/` and the like. */
  readonly inner: string;
  /** "#", "/", "^" or "". */
  readonly sign: string;
  /** Braces included. */
  readonly whole: string;
}

/** All mustaches of a text but escaped ones, comments and raw blocks. */
export function findMustaches(source: string): readonly Mustache[] {
  const text = blankRaw(source);
  return [...text.matchAll(/(\\?)\{\{\{?([~&]?)([#^/]?)(?!!)([^]*?)~?\}?\}\}/g)]
    .filter(([, escape]) => escape === '')
    .map((match) => {
      const [whole, , , sign = '', inner = ''] = match;
      return { place: placeAt(source, match.index, whole.length), inner: inner.trim(), sign, whole };
    });
}

/** The text with raw blocks, escaped mustaches and comments blanked out, every other character in its place. */
export function blankRaw(source: string): string {
  return source
    .replaceAll(/\{\{\{\{[^/][^]*?\{\{\{\{\/[^}]*\}\}\}\}/g, blank)
    .replaceAll(/\{\{~?!--[^]*?--~?\}\}/g, blank)
    .replaceAll(/\{\{~?![^]*?\}\}/g, blank)
    .replaceAll(/\\\{\{[^]*?(?=\{\{|$)/g, blank);
}

function blank(part: string): string {
  return part.replaceAll(/[^\n]/g, ' ');
}

/** An offset as line and column; the length ends with the line. */
export function placeAt(source: string, offset: number, length: number): TextPlace {
  const before = source.slice(0, offset).split('\n');
  const line = source.slice(offset, offset + length).split('\n', 1)[0] ?? '';
  return { line: before.length, column: (before.at(-1)?.length ?? 0) + 1, length: Math.max(1, line.length) };
}
