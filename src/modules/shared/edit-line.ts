import { expandReplacement, pythonRegex } from './python-regex.ts';

/** What `lineinfile` is to do; exactly Ansible's rules. */
export interface LineEdit {
  readonly line: string;
  readonly regexp?: string | undefined;
  readonly searchString?: string | undefined;
  /** An expression, "BOF" or "EOF". */
  readonly insertAfter?: string | undefined;
  readonly insertBefore?: string | undefined;
  readonly backrefs?: boolean | undefined;
  /** Of several lines that fit, take the first instead of the last. */
  readonly firstMatch?: boolean | undefined;
}

/**
 * The text with the line in it. In this order: a line that fits `regexp` is replaced; a line that is already there is left
 * alone; the line goes where `insertAfter` or `insertBefore` say; to the end.
 */
export function putLine(text: string, edit: LineEdit): string {
  const lines = splitLines(text);
  const matched = findMatch(lines, edit);
  if (matched !== undefined) {
    const { line, backrefs } = edit;
    const wanted = backrefs === true && matched.match !== undefined ? expandReplacement(line, matched.match) : line;
    return replaceLine(lines, matched.index, wanted);
  }
  const same = lines.findLastIndex((line) => withoutEnd(line) === edit.line);
  if (same !== -1) return replaceLine(lines, same, edit.line);
  if (edit.backrefs === true) return text;
  return insertLine(lines, edit);
}

/** The text without every line that fits: by expression, by what it contains, or as a whole. */
export function dropLines(
  text: string,
  edit: Pick<LineEdit, 'regexp' | 'searchString'> & { readonly line?: string | undefined },
): string {
  const { regexp, searchString, line: wanted } = edit;
  const expression = regexp === undefined ? undefined : pythonRegex(regexp);
  const fits = (line: string): boolean => {
    if (expression !== undefined) return expression.test(line);
    if (searchString !== undefined) return line.includes(searchString);
    return withoutEnd(line) === wanted;
  };
  return splitLines(text)
    .filter((line) => !fits(line))
    .join('');
}

interface Matched {
  readonly index: number;
  readonly match?: RegExpExecArray;
}

function findMatch(lines: readonly string[], { regexp, searchString, firstMatch }: LineEdit): Matched | undefined {
  const expression = regexp === undefined ? undefined : pythonRegex(regexp);
  const found = lines.flatMap((line, index): readonly Matched[] => {
    const match = expression?.first(line);
    if (match !== undefined) return [{ index, match }];
    return searchString !== undefined && line.includes(searchString) ? [{ index }] : [];
  });
  return firstMatch === true ? found[0] : found.at(-1);
}

function replaceLine(lines: readonly string[], index: number, line: string): string {
  return lines.with(index, withEnd(line)).join('');
}

function insertLine(lines: readonly string[], edit: LineEdit): string {
  const { line, insertAfter, insertBefore, firstMatch } = edit;
  if (insertBefore === 'BOF' || insertAfter === 'BOF') return withEnd(line) + lines.join('');
  const place = insertAfter ?? insertBefore;
  if (place === undefined || insertAfter === 'EOF') return endedText(lines) + withEnd(line);
  const expression = pythonRegex(place);
  const fits = (candidate: string): boolean => expression.test(candidate);
  const index = firstMatch === true ? lines.findIndex(fits) : lines.findLastIndex(fits);
  if (index === -1) return endedText(lines) + withEnd(line);
  const at = insertAfter === undefined ? index : index + 1;
  return endedText(lines.slice(0, at)) + withEnd(line) + lines.slice(at).join('');
}

/** Lines with their ends; the last one may have none. */
export function splitLines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

function withoutEnd(line: string): string {
  return line.replace(/[\r\n]+$/, '');
}

function withEnd(line: string): string {
  return line.endsWith('\n') ? line : `${line}\n`;
}

function endedText(lines: readonly string[]): string {
  const text = lines.join('');
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
