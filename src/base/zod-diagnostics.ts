import type { z } from 'zod';

import { assertNever } from './assert-never.ts';
import type { Diagnostic } from './diagnostic.ts';
import { didYouMean } from './suggest.ts';
import { memberOf } from './value.ts';
import type { Value } from './value.ts';
import type { YamlPath, YamlSource } from './yaml-source.ts';
import { knownKeys } from './zod-keys.ts';

type Issue = z.core.$ZodIssue;

/** What `zodDiagnostics` needs of a YAML source; a part of one that was moved elsewhere can play the role, too. */
export type Places = Pick<YamlSource, 'spanAt' | 'keySpanAt'>;

export interface ZodContext {
  readonly places: Places;
  /** The value that was checked. */
  readonly value: Value;
  /** The schema it was checked with: for "did you mean". */
  readonly schema: z.ZodType;
  /** Where the checked value stands in the source. */
  readonly basePath?: YamlPath;
}

/**
 * What is wrong with a value, each problem at its place: an unknown key at the key, a missing one at the mapping's key, a
 * value that fits no branch of a union by the branch that came closest.
 */
export function zodDiagnostics(error: z.ZodError, context: ZodContext): readonly Diagnostic[] {
  const found = error.issues.flatMap((issue) => explain(issue, [], context));
  return found.toSorted((a, b) => a.span.line - b.span.line || a.span.column - b.span.column);
}

function explain(issue: Issue, prefix: YamlPath, context: ZodContext): readonly Diagnostic[] {
  const path = [...prefix, ...issue.path.filter((step) => typeof step !== 'symbol')];
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey(key, path, context));
  if (issue.code === 'invalid_union') return explainUnion(issue, path, context);
  if (issue.code === 'invalid_key') {
    const message = `\`${String(path.at(-1))}\` is no valid name here: ${issue.issues.map(say).join(', ')}`;
    return [{ severity: 'error', message, span: context.places.keySpanAt(fullPath(path, context)) }];
  }
  const written = valueAt(context.value, path);
  if (written === undefined) return [missing(issue, path, context)];
  const name = nameOf(path);
  const message = `${name === undefined ? '' : `\`${name}\` `}${issue.code === 'invalid_type' ? mustBe(issue, written) : say(issue)}`;
  return [{ severity: 'error', message, span: context.places.spanAt(fullPath(path, context)) }];
}

function unknownKey(key: string, path: YamlPath, context: ZodContext): Diagnostic {
  const known = knownKeys(context.schema, path);
  const hint = didYouMean(key, known) ?? (known.length > 0 ? `Known here: ${known.toSorted().join(', ')}.` : undefined);
  return {
    severity: 'error',
    message: `\`${key}\` is not known here`,
    span: context.places.keySpanAt(fullPath([...path, key], context)),
    ...(hint !== undefined && { hint }),
  };
}

function missing(issue: Issue, path: YamlPath, context: ZodContext): Diagnostic {
  const parent = path.slice(0, -1);
  const wanted = issue.code === 'invalid_type' ? ` (${expected(issue)})` : '';
  return {
    severity: 'error',
    message: `\`${String(path.at(-1) ?? 'value')}\` is missing${wanted}`,
    span: context.places.keySpanAt(fullPath(parent, context)),
  };
}

type UnionIssue = Extract<Issue, { code: 'invalid_union' }>;

function explainUnion(issue: UnionIssue, path: YamlPath, context: ZodContext): readonly Diagnostic[] {
  const written = valueAt(context.value, path);
  const best = closestBranch(issue.errors);
  if (best !== undefined) return best.flatMap((inner) => explain(inner, path, context));
  const branches = issue.errors.flat().map((inner) => (inner.code === 'invalid_type' ? expected(inner) : say(inner)));
  const wanted = [...new Set(branches)].join(', or ');
  const message = `\`${nameOf(path) ?? 'value'}\` ${wanted === '' ? say(issue) : `must be ${wanted}${butIs(written)}`}`;
  return [{ severity: 'error', message, span: context.places.spanAt(fullPath(path, context)) }];
}

/** The branch whose complaints lie deepest: the others did not even fit at the top. */
function closestBranch(branches: readonly (readonly Issue[])[]): readonly Issue[] | undefined {
  const fitting = branches.filter((issues) =>
    issues.every(({ path, code }) => path.length > 0 || code === 'unrecognized_keys'),
  );
  if (fitting.length > 0) return fitting.toSorted((a, b) => a.length - b.length)[0];
  const rightType = branches.filter((issues) => issues.every(({ code }) => code !== 'invalid_type'));
  return rightType.length === 1 ? rightType[0] : undefined;
}

type TypeIssue = Extract<Issue, { code: 'invalid_type' }>;

function mustBe(issue: TypeIssue, written: Value): string {
  return `must be ${expected(issue)}${butIs(written)}`;
}

function butIs(written: Value | undefined): string {
  if (written === undefined) return '';
  if (written === null) return ', but is empty';
  if (Array.isArray(written)) return ', but is a list';
  if (typeof written === 'object') return ', but is a mapping';
  return `, but is ${typeof written === 'string' ? `the text "${shorten(written)}"` : String(written)}`;
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'yes or no (true, false)',
  array: 'a list',
  object: 'a mapping',
  record: 'a mapping',
  null: 'empty',
};

function expected(issue: TypeIssue): string {
  return typeNames[issue.expected] ?? issue.expected;
}

/** What follows "`name` " for the issues that are no type errors. */
function say(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${expected(issue)}`;
    case 'invalid_value':
      return `must be ${oneOf(issue.values)}`;
    case 'too_small':
      return sayTooSmall(issue);
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'less than'} ${issue.maximum}`;
    case 'invalid_format':
      return sayFormat(issue);
    case 'invalid_union':
      return 'options' in issue && Array.isArray(issue.options) ? `must be ${oneOf(issue.options)}` : issue.message;
    case 'custom':
      return /^(?:must|is|has|needs|cannot) /.test(issue.message) ? issue.message : `is wrong: ${issue.message}`;
    case 'not_multiple_of':
    case 'unrecognized_keys':
    case 'invalid_key':
    case 'invalid_element':
      return issue.message;
    default:
      return assertNever(issue);
  }
}

function sayTooSmall({ origin, minimum, inclusive }: Extract<Issue, { code: 'too_small' }>): string {
  if (origin !== 'string' && origin !== 'array') return `must be ${inclusive ? 'at least' : 'more than'} ${minimum}`;
  return Number(minimum) <= 1
    ? 'must not be empty'
    : `must have at least ${minimum} ${origin === 'array' ? 'items' : 'characters'}`;
}

function sayFormat(issue: Extract<Issue, { code: 'invalid_format' }>): string {
  if (issue.format === 'starts_with' && 'prefix' in issue) return `must start with "${String(issue.prefix)}"`;
  // A regex with its own message says it better than the pattern.
  if (!issue.message.startsWith('Invalid')) return issue.message;
  return `must match ${issue.pattern ?? issue.format}`;
}

function oneOf(values: readonly unknown[]): string {
  const words = values.map(String);
  return words.length === 1 ? `"${words[0]}"` : `one of ${words.join(', ')}`;
}

function nameOf(path: YamlPath): string | undefined {
  const names = path.filter((step) => typeof step === 'string');
  return names.at(-1);
}

function fullPath(path: YamlPath, { basePath = [] }: ZodContext): YamlPath {
  return [...basePath, ...path];
}

function valueAt(value: Value, path: YamlPath): Value | undefined {
  let found: Value | undefined = value;
  for (const step of path) {
    if (found === undefined) return undefined;
    found = memberOf(found, step);
  }
  return found;
}
