import { didYouMean } from '../../base/suggest.ts';
import { readBoolean } from '../../base/read-boolean.ts';
import { isList, isValues } from '../../base/value.ts';
import type { Value } from '../../base/value.ts';
import { HelperError, describe, isSame, isTruthy, number, text } from '../helper.ts';
import type { Arguments, HelperTable } from '../helper.ts';
import { testVersions, versionOperators } from '../version.ts';

const fallback: HelperTable[string] = {
  usage: 'default value fallback [falsy]',
  summary: 'The fallback when the value is not defined; with a third value true, also when it is false, 0 or empty.',
  acceptsMissing: true,
  run: ([value, other, falsy]) => (value === undefined || (falsy === true && !isTruthy(value)) ? other : value) ?? null,
};

export const logicHelpers: HelperTable = {
  default: fallback,
  d: { ...fallback, usage: 'd value fallback [falsy]', summary: 'The same as `default`.' },
  defined: {
    usage: 'defined value',
    summary: 'Whether the variable, and each part of its path, is defined.',
    acceptsMissing: true,
    run: ([value]) => value !== undefined,
  },
  mandatory: {
    usage: 'mandatory value [message]',
    summary: 'The value; an error with your message when it is not defined.',
    acceptsMissing: true,
    run: ([value, message = 'a mandatory value is not defined']) => {
      if (value === undefined) throw new HelperError(text(message));
      return value;
    },
  },
  ternary: {
    usage: 'ternary condition yes no',
    summary: 'One of two values.',
    run: ([condition, yes = null, no = null]) => (isTruthy(condition) ? yes : no),
  },
  eq: { usage: 'eq a b', summary: 'Whether both are the same.', run: ([a, b]) => same(a, b) },
  ne: { usage: 'ne a b', summary: 'Whether they differ.', run: ([a, b]) => !same(a, b) },
  lt: { usage: 'lt a b', summary: 'Whether a is less than b.', run: ([a, b]) => order(a, b) < 0 },
  le: { usage: 'le a b', summary: 'Whether a is at most b.', run: ([a, b]) => order(a, b) <= 0 },
  gt: { usage: 'gt a b', summary: 'Whether a is more than b.', run: ([a, b]) => order(a, b) > 0 },
  ge: { usage: 'ge a b', summary: 'Whether a is at least b.', run: ([a, b]) => order(a, b) >= 0 },
  not: { usage: 'not value', summary: 'Whether the value is false, 0 or empty.', run: ([value]) => !isTruthy(value) },
  and: {
    usage: 'and a b',
    summary: 'The first value that is false, 0 or empty, else the last one.',
    rest: true,
    run: (values) => values.find((one) => !isTruthy(one)) ?? values.at(-1) ?? null,
  },
  or: {
    usage: 'or a b',
    summary: 'The first value that is not false, 0 or empty, else the last one.',
    rest: true,
    run: (values) => values.find((one) => isTruthy(one)) ?? values.at(-1) ?? null,
  },
  in: {
    usage: 'in value list',
    summary: 'Whether a list has the item, a mapping the name, a text the part.',
    run: ([value, collection]) => isIn(value ?? null, collection),
  },
  bool: {
    usage: 'bool value',
    summary: 'True for true, yes, on and 1, false for false, no, off and 0.',
    run: ([value]) => {
      const read = readBoolean(value ?? null);
      if (read === undefined) throw new HelperError(`${describe(value)} is neither true nor false`);
      return read;
    },
  },
  version: {
    usage: 'version a operator b',
    summary: 'Compares versions: `(version k3s_version ">=" "1.31")`.',
    run: (args) => compareVersionArguments(args),
  },
};

function same(a: Value | undefined, b: Value | undefined): boolean {
  return isSame(a ?? null, b ?? null);
}

/** Numbers by size; two texts that are not both numbers by their characters. */
function order(a: Value | undefined, b: Value | undefined): number {
  if (typeof a === 'string' && typeof b === 'string') return Number(a > b) - Number(a < b);
  return number(a) - number(b);
}

function isIn(value: Value, collection: Value | undefined): boolean {
  if (isList(collection)) return collection.some((item) => isSame(item, value));
  if (isValues(collection)) return Object.hasOwn(collection, text(value));
  return text(collection, 'what is searched').includes(text(value));
}

/** Takes the operator in the middle, or last as Ansible's test does. */
function compareVersionArguments([a, second, third]: Arguments): boolean {
  const words: readonly string[] = versionOperators;
  const isLast = typeof third === 'string' && words.includes(third);
  const [operator, b] = isLast ? [third, second] : [second, third];
  const result = testVersions(text(a, 'a version'), text(operator, 'the operator'), text(b, 'a version'));
  if (result !== undefined) return result;
  const hint = didYouMean(text(operator), words) ?? `There are ${words.join(', ')}.`;
  throw new HelperError(`\`${text(operator)}\` is no operator`, hint);
}
