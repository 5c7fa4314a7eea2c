import { splitLines } from './edit-line.ts';

/** A line of fstab(5), unescaped. */
export interface FstabEntry {
  readonly src: string;
  readonly path: string;
  readonly fstype: string;
  readonly opts: string;
  readonly dump: string;
  readonly passno: string;
}

/** The text with the entry in the place of the one for its path (for swap: its source), or at the end. */
export function putEntry(text: string, entry: FstabEntry): string {
  const { src, path, fstype, opts, dump, passno } = entry;
  const wanted = [src, path, fstype, opts].map((field) => escapeField(field));
  const lines = splitLines(text);
  const at = lines.findLastIndex((line) => isFor(line, path, src));
  const line = `${[...wanted, dump, passno].join(' ')}\n`;
  if (at === -1) return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}`;
  const [, , , , oldDump = '0', oldPass = '0'] = fieldsOf(lines[at] ?? '');
  const isSame = [...fieldsOf(lines[at] ?? '').slice(0, 4), oldDump, oldPass].join(' ') === line.trimEnd();
  return isSame ? text : lines.with(at, line).join('');
}

/** The text without the entries for a path; for swap those of the source. */
export function dropEntry(text: string, path: string, src: string | undefined): string {
  return splitLines(text)
    .filter((line) => !isFor(line, path, src))
    .join('');
}

/** Blanks, tabs, newlines and backslashes as fstab and /proc/mounts write them. */
export function escapeField(field: string): string {
  return field.replaceAll(/[ \t\n\\]/g, (char) => `\\${(char.codePointAt(0) ?? 0).toString(8).padStart(3, '0')}`);
}

function isFor(line: string, path: string, src: string | undefined): boolean {
  const [source, point] = fieldsOf(line);
  if (point !== escapeField(path)) return false;
  return path !== 'none' || src === undefined || source === escapeField(src);
}

function fieldsOf(line: string): readonly string[] {
  return /^\s*#/.test(line) ? [] : line.trim().split(/\s+/);
}
