import { splitLines } from './edit-line.ts';

/** The value a sysctl.conf(5) text gives a key; the last line wins. Undefined when it has none. */
export function readSetting(text: string, name: string): string | undefined {
  return splitLines(text)
    .map((line) => parse(line))
    .findLast((setting) => setting?.name === normalName(name))?.value;
}

/** The text with the key set: its last line is changed, or one is added. */
export function writeSetting(text: string, name: string, value: string): string {
  const now = readSetting(text, name);
  if (now !== undefined && isSameValue(now, value)) return text;
  const lines = splitLines(text);
  const at = lines.findLastIndex((line) => parse(line)?.name === normalName(name));
  const line = `${name} = ${value}\n`;
  if (at !== -1) return lines.with(at, line).join('');
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${line}`;
}

/** The text without the key. */
export function dropSetting(text: string, name: string): string {
  return splitLines(text)
    .filter((line) => parse(line)?.name !== normalName(name))
    .join('');
}

/** Values of several numbers are written with tabs by the kernel, with blanks by people. */
export function isSameValue(a: string, b: string): boolean {
  return a.trim().split(/\s+/).join(' ') === b.trim().split(/\s+/).join(' ');
}

/** The larger of two whole numbers; the first of other values. */
export function larger(a: string, b: string): string {
  return isNumber(a) && isNumber(b) && BigInt(b) > BigInt(a) ? b.trim() : a;
}

function isNumber(text: string): boolean {
  return /^-?\d+$/.test(text.trim());
}

function parse(line: string): { readonly name: string; readonly value: string } | undefined {
  const [, name, value] = /^\s*-?\s*([^#;=\s][^=\s]*)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
  return name === undefined || value === undefined ? undefined : { name: normalName(name), value };
}

function normalName(name: string): string {
  if (/[./]/.exec(name)?.[0] !== '/') return name;
  return name.replaceAll(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
}
