import { splitLines } from './edit-line.ts';
import { pythonRegex } from './python-regex.ts';

/** What `blockinfile` is to do; Ansible's rules. */
export interface BlockEdit {
  /** Empty removes the block and its markers. */
  readonly block: string;
  /** The lines around it, without their ends. */
  readonly begin: string;
  readonly end: string;
  /** An expression, "BOF" or "EOF". */
  readonly insertAfter?: string | undefined;
  readonly insertBefore?: string | undefined;
}

/** The text with the block between its markers: where it was, else where the edit says, else at the end. */
export function putBlock(text: string, edit: BlockEdit): string {
  const lines = splitLines(text);
  const begin = lines.lastIndexOf(`${edit.begin}\n`);
  const end = lines.lastIndexOf(`${edit.end}\n`);
  const isThere = begin !== -1 && end !== -1;
  const rest = isThere ? [...lines.slice(0, Math.min(begin, end)), ...lines.slice(Math.max(begin, end) + 1)] : lines;
  const at = isThere ? Math.min(begin, end) : placeFor(text, lines, edit);
  if (edit.block === '') return rest.join('');
  const block = edit.block.endsWith('\n') ? edit.block : `${edit.block}\n`;
  return `${ended(rest.slice(0, at))}${edit.begin}\n${block}${edit.end}\n${rest.slice(at).join('')}`;
}

function placeFor(text: string, lines: readonly string[], { insertAfter, insertBefore }: BlockEdit): number {
  if (insertBefore === 'BOF') return 0;
  const place = insertAfter ?? insertBefore;
  if (place === undefined || place === 'EOF') return lines.length;
  const offset = insertAfter === undefined ? 0 : 1;
  // An expression with (?m) may span lines; its first match counts, otherwise the last line that fits.
  const index = /^\(\?[a-zA-Z]*m/.test(place) ? lineOfMatch(text, place, offset) : lastFitting(lines, place);
  return index === -1 ? lines.length : index + offset;
}

function lastFitting(lines: readonly string[], source: string): number {
  const expression = pythonRegex(source);
  return lines.findLastIndex((line) => expression.test(line));
}

function lineOfMatch(text: string, source: string, offset: number): number {
  const match = pythonRegex(source).first(text);
  if (match === undefined) return -1;
  const position = offset === 0 ? match.index : match.index + match[0].length;
  return text.slice(0, position).split('\n').length - 1;
}

function ended(lines: readonly string[]): string {
  const text = lines.join('');
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
