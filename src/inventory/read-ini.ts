import type { Span } from '../base/diagnostic.ts';
import { didYouMean } from '../base/suggest.ts';
import type { Written } from '../template/value.ts';
import { IniWordProblem, splitIniWords } from './ini-words.ts';
import type { InventoryBuilder } from './inventory-builder.ts';
import { readPythonLiteral } from './python-literal.ts';

type Section = 'hosts' | 'children' | 'vars';

interface Line {
  readonly text: string;
  readonly number: number;
}

/** A group that is named: what can only be checked when the whole file is read, since sections may stand in any order. */
interface Mention {
  readonly group: string;
  readonly span: Span;
  readonly isDefinition: boolean;
}

interface Header extends Mention {
  readonly section: Section;
}

const sections: readonly Section[] = ['hosts', 'children', 'vars'];

/** Reads an inventory in Ansible's INI format. Problems go to the builder. */
export function readIniInventory(text: string, file: string, builder: InventoryBuilder): void {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/)
    .map((line, i): Line => ({ text: line, number: i + 1 }));
  const known = new Set(builder.groupNames());
  const mentions: Mention[] = [];
  let group = 'ungrouped';
  let section: Section = 'hosts';
  for (const line of lines) {
    const trimmed = line.text.trim();
    if (trimmed === '' || trimmed.startsWith('#') || trimmed.startsWith(';')) continue;
    const header = readHeader(line, file, builder);
    if (header === 'wrong') continue;
    if (header !== undefined) {
      ({ group, section } = header);
      mentions.push(header);
      if (section === 'hosts') builder.addGroup(group, header.span);
    } else if (section === 'hosts') readHostLine(line, file, group, builder);
    else if (section === 'vars') readVarLine(line, file, group, builder);
    else mentions.push(...readChildLine(line, file, group, builder));
  }
  checkMentions(mentions, known, builder);
}

function readHeader({ text, number }: Line, file: string, builder: InventoryBuilder): Header | 'wrong' | undefined {
  const span = spanOf(file, number, text, 0, text.length);
  const match = /^\s*\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/.exec(text);
  const kind = match?.[2] ?? 'hosts';
  const section = sections.find((one) => one === kind);
  if (match !== null && section !== undefined) {
    return { group: match[1] ?? '', section, span, isDefinition: section !== 'vars' };
  }
  if (match !== null) {
    builder.report(
      span,
      `\`:${kind}\` is no kind of section`,
      didYouMean(kind, sections) ?? 'There are [group], [group:children] and [group:vars].',
    );
    return 'wrong';
  }
  const isHeader = /^\s*\[[^\]]*\]\s*(?:[#;].*)?$/.test(text) && !/\[[^\]]*:[^\]]*\]/.test(text);
  if (!isHeader) return undefined;
  builder.report(
    span,
    'this is no section',
    'A section has one name without spaces: [web], [web:children], [web:vars].',
  );
  return 'wrong';
}

function readHostLine({ text, number }: Line, file: string, group: string, builder: InventoryBuilder): void {
  const at = (start: number, end: number) => spanOf(file, number, text, start, end);
  try {
    const [name, ...words] = splitIniWords(text);
    if (name === undefined) return;
    const hosts = builder.addHosts(name.text, group, at(name.start, name.end));
    for (const word of words) {
      const span = at(word.start, word.end);
      const equals = word.text.indexOf('=');
      if (equals < 1) {
        reportStrayWord(word.text, text, span, builder);
        return;
      }
      const value = readPythonLiteral(word.text.slice(equals + 1));
      const written: Written = { value, at: () => span };
      for (const host of hosts) builder.setHostVar(host, word.text.slice(0, equals), written);
    }
  } catch (error) {
    if (!(error instanceof IniWordProblem)) throw error;
    builder.report(at(error.start, error.start + 1), error.message, error.hint);
  }
}

function reportStrayWord(word: string, line: string, span: Span, builder: InventoryBuilder): void {
  if (word.startsWith(';')) {
    builder.report(span, '`;` starts a comment at the start of a line only', 'Write # before the comment.');
    return;
  }
  const isTemplate = line.includes('{{') || line.includes('{%');
  const hint = isTemplate
    ? 'Quote templates that hold spaces: name="{{ value }}".'
    : 'Write name=value, or each host on a line of its own.';
  builder.report(span, `\`${word}\` is no variable`, hint);
}

function readVarLine({ text, number }: Line, file: string, group: string, builder: InventoryBuilder): void {
  const equals = text.indexOf('=');
  const name = text.slice(0, equals).trim();
  const whole = spanOf(file, number, text, 0, text.length);
  if (equals === -1 || name === '') {
    builder.report(whole, 'a line of a vars section is `name=value`');
    return;
  }
  const raw = text.slice(equals + 1);
  const start = equals + 1 + (raw.length - raw.trimStart().length);
  const span = spanOf(file, number, text, start, text.length);
  const value = readPythonLiteral(raw.trim());
  if (typeof value === 'string' && /\s[#;]/.test(value)) {
    const hint = 'Move the comment to a line of its own, or quote the value if it is meant.';
    if (!/^["']/.test(raw.trim())) {
      builder.report(span, 'in a vars section, a comment becomes part of the value', hint, 'warning');
    }
  }
  builder.setGroupVar(group, name, { value, at: () => span });
}

function readChildLine(
  { text, number }: Line,
  file: string,
  group: string,
  builder: InventoryBuilder,
): readonly Mention[] {
  const match = /^\s*([^\s#:[\]]+)\s*(?:#.*)?$/.exec(text);
  const span = spanOf(file, number, text, 0, text.length);
  if (match === null) {
    builder.report(span, 'a line of a children section is the name of a group');
    return [];
  }
  builder.addChild(group, match[1] ?? '', span);
  return [{ group: match[1] ?? '', span, isDefinition: false }];
}

/** Ansible rejects a whole file for a group that no section defines; we say which. */
function checkMentions(mentions: readonly Mention[], known: ReadonlySet<string>, builder: InventoryBuilder): void {
  const defined = new Set([...known, ...mentions.filter((one) => one.isDefinition).map(({ group }) => group)]);
  for (const { group, span } of mentions) {
    if (defined.has(group)) continue;
    builder.report(
      span,
      `no section defines the group \`${group}\``,
      didYouMean(group, defined) ?? `Add a section [${group}].`,
    );
  }
}

function spanOf(file: string, line: number, text: string, start: number, end: number): Span {
  const slice = text.slice(start, end);
  const indent = slice.length - slice.trimStart().length;
  return { file, line, column: start + indent + 1, length: Math.max(1, slice.trim().length) };
}
