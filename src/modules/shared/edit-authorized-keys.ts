import { splitLines } from './edit-line.ts';

export interface KeyEdit {
  readonly key: string;
  readonly state: 'present' | 'absent';
  readonly exclusive?: boolean | undefined;
  readonly key_options?: string | undefined;
  readonly comment?: string | undefined;
}

/** A line of authorized_keys, see sshd(8). `key` is undefined for what is no key. */
export interface KeyLine {
  readonly line: string;
  readonly key:
    | { readonly options: string; readonly type: string; readonly blob: string; readonly comment: string }
    | undefined;
}

const types = String.raw`(?:(?:sk-)?(?:ssh|ecdsa)-[\w@.-]+)`;
const options = String.raw`(?:[^\s"]|"(?:[^"\\]|\\.)*")+`;
const pattern = new RegExp(`^(?:(?!${types}\\s)(${options})\\s+)?(${types})\\s+([A-Za-z0-9+/=]+)(?:\\s+(.*?))?\\s*$`);

/** The lines that are neither empty nor comments. */
export function parseKeys(text: string): readonly KeyLine[] {
  return splitLines(text)
    .map((line) => parse(line))
    .filter(({ line }) => !/^\s*(?:#|$)/.test(line));
}

function parse(line: string): KeyLine {
  const [, before = '', type, blob, comment = ''] = pattern.exec(line.trim()) ?? [];
  return { line, key: type === undefined || blob === undefined ? undefined : { options: before, type, blob, comment } };
}

/** The text with the keys in it, or without them. Keys compare by their bytes; options and comment follow the edit. */
export function editKeys(text: string, edit: KeyEdit): string {
  const wanted = parseKeys(edit.key).flatMap(({ key }) => (key === undefined ? [] : [key]));
  const isWanted = (line: KeyLine): boolean =>
    line.key !== undefined && wanted.some(({ blob }) => blob === line.key?.blob);
  const lines = splitLines(text).map((line) => parse(line));
  if (edit.state === 'absent') return lines.flatMap((line) => (isWanted(line) ? [] : [line.line])).join('');
  const kept = lines.filter((line) => edit.exclusive !== true || line.key === undefined || isWanted(line));
  const updated = kept.map((line) => (isWanted(line) && line.key !== undefined ? update(line, edit) : line.line));
  const known = new Set(lines.map(({ key }) => key?.blob));
  const added = wanted.filter(({ blob }) => !known.has(blob)).map((key) => format(key, edit));
  const before = updated.join('');
  return `${before}${before === '' || before.endsWith('\n') || added.length === 0 ? '' : '\n'}${added.join('')}`;
}

/** Only what was asked for changes: a key keeps its options and comment otherwise. */
function update({ line, key }: KeyLine, edit: KeyEdit): string {
  if (key === undefined) return line;
  const isSame = (edit.key_options ?? key.options) === key.options && (edit.comment ?? key.comment) === key.comment;
  return isSame ? line : format(key, edit);
}

function format(key: NonNullable<KeyLine['key']>, edit: KeyEdit): string {
  const parts = [edit.key_options ?? key.options, key.type, key.blob, edit.comment ?? key.comment];
  return `${parts.filter((part) => part !== '').join(' ')}\n`;
}
