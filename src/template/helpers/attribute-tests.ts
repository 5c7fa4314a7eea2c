import { isList, isValues, memberOf } from '../../base/value.ts';
import type { Value } from '../../base/value.ts';
import { HelperError, isSame, isTruthy, list, number, text } from '../helper.ts';
import type { Arguments } from '../helper.ts';
import { compileRegex, matchFirst } from '../regex.ts';
import { testVersions } from '../version.ts';

/** A member of a member: "metadata.name"; undefined when there is none. */
export function attributeOf(item: Value, attribute: string): Value | undefined {
  let found: Value | undefined = item;
  for (const step of attribute.split('.')) {
    if (found === undefined) return undefined;
    found = memberOf(found, step);
  }
  return found;
}

/** Jinja's `selectattr`: `[attribute]` asks whether the member is true, `[attribute, test, value]` what the test says. */
export function testAttribute(item: Value, [attribute, test, value, operator]: Arguments): boolean {
  const found = attributeOf(item, text(attribute, 'the attribute'));
  if (test === undefined) return isTruthy(found);
  const name = text(test, 'the test');
  if (name === 'defined' || name === 'undefined') return (found !== undefined) === (name === 'defined');
  const run = tests[name];
  if (run === undefined) {
    throw new HelperError(`\`${name}\` is no test`, `There are defined, undefined, ${Object.keys(tests).join(', ')}.`);
  }
  return found !== undefined && run(found, value ?? null, operator ?? null);
}

const equal = (a: Value, b: Value): boolean => isSame(a, b);
const search = (prefix: string) => (a: Value, b: Value) =>
  matchFirst(compileRegex(prefix + text(b, 'the pattern')), text(a)) !== undefined;

const tests: Readonly<Record<string, (found: Value, value: Value, operator: Value) => boolean>> = {
  equalto: equal,
  eq: equal,
  '==': equal,
  ne: (a, b) => !isSame(a, b),
  '!=': (a, b) => !isSame(a, b),
  lt: (a, b) => number(a) < number(b),
  le: (a, b) => number(a) <= number(b),
  gt: (a, b) => number(a) > number(b),
  ge: (a, b) => number(a) >= number(b),
  in: (a, b) => list(b, 'the value of `in`').some((one) => isSame(one, a)),
  contains: (a, b) => (typeof a === 'string' ? a.includes(text(b)) : list(a).some((one) => isSame(one, b))),
  match: search('^(?:)'),
  search: search(''),
  none: (a) => a === null,
  string: (a) => typeof a === 'string',
  number: (a) => typeof a === 'number',
  boolean: (a) => typeof a === 'boolean',
  mapping: (a) => isValues(a),
  sequence: (a) => isList(a),
  true: (a) => a === true,
  false: (a) => a === false,
  version: (a, b, operator) => testVersions(text(a), text(operator ?? '=='), text(b)) ?? false,
};
