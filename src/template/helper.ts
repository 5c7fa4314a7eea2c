import { isList, isValues } from '../base/value.ts';
import type { Value, Values } from '../base/value.ts';
import type { Scope } from './scope.ts';

/** One helper of templates: a row of the tables in `helpers/`. */
export interface Helper {
  /** How it is written, without the braces: "default value fallback". The arguments in [brackets] may be left out. */
  readonly usage: string;
  /** One sentence for the docs. */
  readonly summary: string;
  /** Names of `name=value` arguments. */
  readonly named?: readonly string[];
  /** Any number of further arguments. */
  readonly rest?: true;
  /** Arguments may be variables that nobody defined: they come as undefined. */
  readonly acceptsMissing?: true;
  /** @throws HelperError when the arguments do not fit. */
  run(args: Arguments, context: HelperContext): Value;
}

/** Given as written; what was left out is undefined. */
export type Arguments = readonly (Value | undefined)[];

export interface HelperContext {
  readonly named: Readonly<Record<string, Value | undefined>>;
  readonly scope: Scope;
  /** Runs another helper by its name. */
  readonly call: (name: string, args: Arguments) => Value;
}

export type HelperTable = Readonly<Record<string, Helper>>;

/** A helper's complaint; the renderer adds the place. */
export class HelperError extends Error {
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** Checks how many arguments are given; undefined when the number is right. */
export function countProblem({ usage, rest }: Helper, count: number): string | undefined {
  const words = usage.split(' ').slice(1);
  const required = words.filter((word) => !word.startsWith('[')).length;
  if (count < required) {
    return `\`${usage.split(' ', 1)[0]}\` needs ${required === 1 ? 'a value' : `${required} values`}`;
  }
  if (rest || count <= words.length) return undefined;
  return `\`${usage.split(' ', 1)[0]}\` takes ${words.length === 1 ? 'one value' : `at most ${words.length} values`}, not ${count}`;
}

/** "the text "abc"", "a list": for messages. */
export function describe(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'empty (null)';
  if (isList(value)) return 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value !== 'string') return `${value}`;
  return `the text ${JSON.stringify(value.length > 40 ? `${value.slice(0, 37)}...` : value)}`;
}

/** Text; numbers and booleans are written out, as Ansible's filters do. */
export function text(value: Value | undefined, what = 'the value'): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new HelperError(`${what} must be text, but is ${describe(value)}`);
}

export function list(value: Value | undefined, what = 'the value'): readonly Value[] {
  if (isList(value)) return value;
  throw new HelperError(`${what} must be a list, but is ${describe(value)}`);
}

export function mapping(value: Value | undefined, what = 'the value'): Values {
  if (isValues(value)) return value;
  throw new HelperError(`${what} must be a mapping, but is ${describe(value)}`);
}

/** A number, or text that is one. */
export function number(value: Value | undefined, what = 'the value'): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?\s*$/i.test(value)) return Number(value);
  throw new HelperError(`${what} must be a number, but is ${describe(value)}`);
}

/** What `{{#if}}` takes for true: all but false, null, "", 0 and empty lists. */
export function isTruthy(value: Value | undefined): boolean {
  return isList(value) ? value.length > 0 : Boolean(value);
}

/** A value as templates print it: null as nothing, lists and mappings as JSON. */
export function toText(value: Value): string {
  if (value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** A mapping without a prototype, so that no name is special. */
export function mappingOf(entries: Iterable<readonly [string, Value]>): Values {
  const result: Record<string, Value> = Object.create(null);
  for (const [name, value] of entries) result[name] = value;
  return result;
}

/** Equal in content; 1 and 1.0 are the same number, "1" is not. */
export function isSame(a: Value, b: Value): boolean {
  if (a === b) return true;
  if (isList(a) && isList(b)) return a.length === b.length && a.every((item, i) => isSame(item, b[i] ?? null));
  if (!isValues(a) || !isValues(b)) return false;
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => Object.hasOwn(b, name) && isSame(a[name] ?? null, b[name] ?? null));
}
