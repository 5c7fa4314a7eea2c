import { TaskFailedError } from '../../base/errors.ts';
import { HelperError } from '../../template/helper.ts';
import { matchAll, matchFirst } from '../../template/regex.ts';

/** Python's flags of the same names. */
export interface RegexOptions {
  readonly multiline?: boolean;
  readonly dotAll?: boolean;
}

/** An expression that is ready to be used, any number of times. */
export interface Expression {
  test(text: string): boolean;
  first(text: string): RegExpExecArray | undefined;
  all(text: string): readonly RegExpExecArray[];
}

/**
 * An expression that matches what Python's `re` matches: playbooks hold Python's. Named groups, `\A`, `\Z`, leading `(?i)`
 * and Python's ideas of `^`, `$` and `.` (only a newline ends a line; `$` also fits before a last newline) are translated.
 * Matches have indices. Text comes from hosts, so that a match that takes too long is given up.
 * @throws TaskFailedError when it is not an expression or uses what JavaScript lacks
 */
export function pythonRegex(source: string, options: RegexOptions = {}): Expression {
  const regex = compile(source, options);
  const first = (text: string) => bounded(() => matchFirst(regex, text));
  return { first, test: (text) => first(text) !== undefined, all: (text) => bounded(() => matchAll(regex, text)) };
}

function bounded<T>(match: () => T): T {
  try {
    return match();
  } catch (error) {
    if (error instanceof HelperError) throw new TaskFailedError(error.message, { hint: error.hint });
    throw error;
  }
}

function compile(source: string, { multiline = false, dotAll = false }: RegexOptions): RegExp {
  const [, letters = '', body = source] = /^\(\?([aiLmsux]+)\)([^]*)$/.exec(source) ?? [];
  if (letters.includes('x')) throw invalid(source, 'the verbose flag (?x) is not supported');
  const dialect: Dialect = {
    isMultiline: multiline || letters.includes('m'),
    isDotAll: dotAll || letters.includes('s'),
  };
  const translated = body.replaceAll(tokens, (token: string, at: number) => {
    const isLast = at + token.length === body.length;
    return translate(token, dialect, isLast);
  });
  try {
    return new RegExp(translated, letters.includes('i') ? 'di' : 'd');
  } catch (error) {
    throw invalid(source, error instanceof Error ? error.message.replace(/^Invalid regular expression: /, '') : '');
  }
}

interface Dialect {
  readonly isMultiline: boolean;
  readonly isDotAll: boolean;
}

/** Escapes, character classes, the openings of groups, and the characters that Python reads differently. */
const tokens = /\\(?:[^])|\[\^?\]?(?:\\[^]|[^\]\\])*\]|\(\?P?<[A-Za-z_]\w*>|\(\?P=\w+\)|\(\?#[^)]*\)|[\^$.]/g;

/** Look-arounds only where nothing simpler says the same: with one, every match runs under the clock. */
function translate(token: string, { isMultiline, isDotAll }: Dialect, isLast: boolean): string {
  if (token === '\\A') return '^';
  if (token === '\\Z') return '$';
  if (token === '^') return isMultiline ? String.raw`(?<![^\n])` : '^';
  if (token === '$' && isMultiline) return String.raw`(?![^\n])`;
  if (token === '$') return isLast ? String.raw`\n?$` : String.raw`(?=\n?$)`;
  if (token === '.') return isDotAll ? String.raw`[\s\S]` : String.raw`[^\n]`;
  if (token.startsWith('(?P<')) return `(?<${token.slice(4)}`;
  if (token.startsWith('(?P=')) return String.raw`\k<${token.slice(4, -1)}>`;
  if (token.startsWith('(?#')) return '';
  // In Python a bracket that comes first in a class is a member of it.
  if (token.startsWith('[')) return token.replace(/^(\[\^?)\]/, String.raw`$1\]`);
  return token;
}

/**
 * Python's replacement text for a match: `\1`, `\g<1>`, `\g<name>`, `\n`, `\t`, `\\`. Groups that took no part are empty.
 * @throws TaskFailedError when it names a group that does not exist
 */
export function expandReplacement(template: string, match: RegExpExecArray): string {
  return template.replaceAll(
    /\\(?:g<(\w+)>|(\d{1,2})|([^]))/g,
    (whole, name?: string, number?: string, char?: string) => {
      const group = name ?? number;
      if (group === undefined) return escapes[char ?? ''] ?? whole;
      if (/^\d+$/.test(group) && Number(group) < match.length) return match[Number(group)] ?? '';
      if (match.groups !== undefined && Object.hasOwn(match.groups, group)) return match.groups[group] ?? '';
      throw new TaskFailedError(`the expression has no group ${group}`);
    },
  );
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  f: '\f',
  v: '\v',
  a: '\x07',
  '\\': '\\',
};

function invalid(source: string, why: string): TaskFailedError {
  return new TaskFailedError(`not a regular expression: ${source}`, {
    hint: `${why === '' ? '' : `${why}. `}Python's and JavaScript's common syntax is understood.`,
  });
}
