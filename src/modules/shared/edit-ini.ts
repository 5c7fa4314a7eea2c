import { splitLines } from './edit-line.ts';

/** An option of a section; undefined is what stands before the first section. */
export interface IniPlace {
  readonly section: string | undefined;
  readonly option: string;
}

/** The text with this line for the option: instead of what it has, of a commented-out one, or at the end of the section. */
export function putOption(text: string, place: IniPlace, line: string, usesInactive: boolean): string {
  const lines = splitLines(text);
  const range = rangeOf(lines, place.section);
  if (range === undefined) return `${ended(text)}[${place.section}]\n${line}\n`;
  const [start, end] = range;
  const inside = lines.slice(start, end);
  const active = inside.findIndex((one) => isOption(one, place.option));
  const inactive = usesInactive
    ? inside.findIndex((one) => isOption(one.replace(/^\s*[#;]\s*/, ''), place.option))
    : -1;
  const at = active === -1 ? inactive : active;
  if (at !== -1) {
    const isSame = active !== -1 && normal(inside[at] ?? '') === normal(line);
    return isSame ? text : lines.with(start + at, `${line}\n`).join('');
  }
  // Blank lines before the next section stay between the sections.
  const last = start + inside.findLastIndex((one) => one.trim() !== '') + 1;
  return `${ended(lines.slice(0, last).join(''))}${line}\n${lines.slice(last).join('')}`;
}

/** The text without the option. */
export function dropOption(text: string, { section, option }: IniPlace): string {
  const lines = splitLines(text);
  const [start, end] = rangeOf(lines, section) ?? [0, 0];
  return lines.filter((line, i) => i < start || i >= end || !isOption(line, option)).join('');
}

/** The text without the section and everything in it. */
export function dropSection(text: string, section: string): string {
  const lines = splitLines(text);
  const range = rangeOf(lines, section);
  return range === undefined ? text : [...lines.slice(0, range[0] - 1), ...lines.slice(range[1])].join('');
}

/** The lines of a section without its head. */
function rangeOf(lines: readonly string[], section: string | undefined): readonly [number, number] | undefined {
  const head = section === undefined ? -1 : lines.findIndex((line) => line.trim() === `[${section}]`);
  if (section !== undefined && head === -1) return undefined;
  const next = lines.findIndex((line, i) => i > head && /^\s*\[.*\]\s*$/.test(line));
  return [head + 1, next === -1 ? lines.length : next];
}

function isOption(line: string, option: string): boolean {
  return line.split('=', 1)[0]?.trim() === option;
}

/** Blanks around the first = do not count. */
function normal(line: string): string {
  return line.trim().replace(/\s*=\s*/, '=');
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}
