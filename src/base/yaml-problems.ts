import type { Document, ErrorCode, ParsedNode, YAMLMap, YAMLParseError } from 'yaml';

/** A diagnostic whose place is still an offset. */
export interface Problem {
  readonly severity: 'error' | 'warning';
  readonly start: number;
  readonly end: number;
  readonly message: string;
  readonly hint?: string;
}

const knownTags = /^tag:yaml\.org,2002:(str|int|float|bool|null|map|seq)$/;
const maxShown = 10;

/** The parser's errors and the converter's problems in file order: the first of each line, since one slip causes several. */
export function readProblems(
  { errors, warnings }: Document.Parsed,
  converted: readonly Problem[],
  text: string,
): readonly Problem[] {
  // Unknown tags are reported by the converter, in better words.
  const syntax = [...errors, ...warnings.filter(({ code }) => code !== 'TAG_RESOLVE_FAILED')];
  const perLine = new Map<number, Problem>();
  for (const problem of [...converted, ...syntax.map((error) => explain(error, text))]) {
    const line = text.lastIndexOf('\n', problem.start - 1);
    if (!perLine.has(line) || perLine.get(line)?.severity === 'warning') perLine.set(line, problem);
  }
  return [...perLine.values()].toSorted((a, b) => a.start - b.start).slice(0, maxShown);
}

function explain({ code, message, pos }: Pick<YAMLParseError, 'code' | 'message' | 'pos'>, text: string): Problem {
  const [start, end] = pos;
  const lineStart = text.lastIndexOf('\n', start - 1) + 1;
  const line = text.slice(lineStart, end + text.slice(end).search(/\n|$/));
  const place = { severity: 'error', start, end: Math.max(end, start + 1) } as const;
  if (/:\s+[^"'\s].*\{\{|^\s*-\s+\{\{/.test(line)) {
    return { ...place, message: 'a text with `{{ }}` must be quoted here', hint: 'Put the whole value in quotes.' };
  }
  return { ...place, ...(sayings[code] ?? { message: plain(message) }) };
}

function plain(message: string): string {
  const text = message.replace(/ at line \d+, column \d+:?[^]*$/, '');
  return text.charAt(0).toLowerCase() + text.slice(1);
}

interface Saying {
  readonly message: string;
  readonly hint?: string;
}

const quoteColon = 'Quote a text that holds ": ", or indent a nested mapping on the next line.';
const sayings: Partial<Record<ErrorCode, Saying>> = {
  TAB_AS_INDENT: { message: 'a tab is used for indentation', hint: 'Indent with spaces: YAML forbids tabs.' },
  BLOCK_AS_IMPLICIT_KEY: { message: 'a mapping cannot start on this line', hint: quoteColon },
  BAD_SCALAR_START: {
    message: 'an unquoted text cannot start with this character',
    hint: 'Put the value in quotes.',
  },
  BAD_DQ_ESCAPE: {
    message: 'this is no escape sequence of double quotes',
    hint: 'Double the backslash, or use single quotes, where a backslash is a backslash.',
  },
  MULTIPLE_DOCS: {
    message: 'a second document starts here',
    hint: 'Keep one document in a file: put the rest in a file of its own.',
  },
  UNEXPECTED_TOKEN: {
    message: 'this does not belong here',
    hint: 'Put the whole value in quotes, or on lines of its own.',
  },
  BAD_INDENT: { message: 'this line is not indented like the ones it belongs to' },
};

/** What is wrong with a value's tag, if anything. */
export function tagProblem({ tag, range }: ParsedNode, text: string): Problem | undefined {
  if (tag === undefined || knownTags.test(tag)) return undefined;
  const shown = tag.replace('tag:yaml.org,2002:', '!!');
  const start = Math.max(0, text.lastIndexOf(shown, range[0]));
  return {
    severity: 'error',
    start,
    end: start + shown.length,
    message: `the tag \`${shown}\` is not known`,
    hint: tagHint(tag),
  };
}

function tagHint(tag: string): string {
  if (tag === '!vault') return 'Keep the secret out of the file: "{{env \'NAME\'}}" reads it when the playbook runs.';
  if (tag === '!unsafe') return 'Write \\{{ for braces that are no template.';
  return 'Quote text that starts with `!`.';
}

/** The problem of `key: {{ x }}`: YAML sees a mapping in a mapping. Undefined when `map` is something else. */
export function unquotedTemplate(map: YAMLMap.Parsed, text: string): Problem | undefined {
  const [start] = map.range;
  if (!text.startsWith('{{', start)) return undefined;
  const rest = text.slice(start, start + text.slice(start).search(/\s+#|\r?\n|$/)).trimEnd();
  const written = /^.*?\}\}(?=\s*[,\]}])/.exec(rest)?.[0] ?? rest;
  const quoted = written.includes('"') ? `'${written.replaceAll("'", "''")}'` : `"${written}"`;
  const message = 'a text that starts with `{{` must be quoted';
  return { severity: 'error', start, end: start + written.length, message, hint: `Write ${quoted}.` };
}
