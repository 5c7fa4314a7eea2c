import { Environment } from '@marcbachmann/cel-js';
import type { ASTNode } from '@marcbachmann/cel-js';

import { testVersions, versionOperators } from '../version.ts';

/** Functions of conditions beside CEL's own, for the docs and for "did you mean". */
export const conditionFunctions: Readonly<Record<string, string>> = {
  'defined(x)': 'Whether a variable, and each part of its path, is defined.',
  'default(x, y)': '`x`, or `y` when it is not defined.',
  'succeeded(r)': 'Whether a registered result did not fail; skipped counts.',
  'failed(r)': 'Whether a registered result failed.',
  'changed(r)': 'Whether a registered result changed something.',
  'skipped(r)': 'Whether a task was skipped.',
  'version(a, ">=", b)': 'Compares versions.',
  'bool(x)': 'True for true, yes, on, 1; false for false, no, off, 0.',
  'length(x)': 'Items, members or characters; `size(x)` is the same.',
  'lower(x)': 'Small letters; also `x.lower()`.',
  'upper(x)': 'Capital letters; also `x.upper()`.',
  'x.matches(pattern)': 'Whether a regular expression is found in the text.',
  'x.replace(a, b)': 'Every `a` replaced by `b`, as plain text.',
};

/** Messages of functions are kept apart from the library's. */
export class ConditionError extends Error {}

/** The parts of the library's evaluator and checker that macros get; its types leave them out. */
interface Runner {
  run(ast: ASTNode, context: unknown): unknown;
  tryEval(ast: ASTNode, context: unknown): unknown;
}
interface Checker {
  check(ast: ASTNode, context: unknown): unknown;
  getType(name: string): unknown;
}

export function createEnvironment(): Environment {
  const environment = new Environment({ unlistedVariablesAreDyn: true, homogeneousAggregateLiterals: false });
  registerMacros(environment);
  registerResultTests(environment);
  registerText(environment);
  registerArithmetic(environment);
  return environment;
}

/** Only these mean "not there"; everything else that goes wrong is a mistake. */
const missingCodes: ReadonlySet<unknown> = new Set(['unknown_variable', 'no_such_key', 'index_out_of_bounds']);

function isMissing(result: unknown): boolean {
  if (!(result instanceof Error)) return false;
  if ('code' in result && missingCodes.has(result.code)) return true;
  throw result;
}

/** A function that gets its arguments unevaluated. */
function macro(returns: string, evaluate: (ev: Runner, args: readonly ASTNode[], context: unknown) => unknown) {
  return ({ args }: { readonly args: readonly ASTNode[] }) => ({
    args,
    async: false,
    typeCheck(checker: Checker, _macro: unknown, context: unknown) {
      for (const one of args) checker.check(one, context);
      return checker.getType(returns);
    },
    evaluate: (ev: Runner, _macro: unknown, context: unknown) => evaluate(ev, args, context),
  });
}

function registerMacros(environment: Environment): void {
  environment.registerFunction(
    'defined(ast): bool',
    macro('bool', (ev, [one], context) => one !== undefined && !isMissing(ev.tryEval(one, context))),
  );
  environment.registerFunction(
    'default(ast, ast): dyn',
    macro('dyn', (ev, [one, other], context) => {
      const found = one === undefined ? undefined : ev.tryEval(one, context);
      return isMissing(found) && other !== undefined ? ev.run(other, context) : found;
    }),
  );
}

function isTrue(result: unknown, name: string): boolean {
  if (typeof result !== 'object' || result === null) throw new ConditionError('a registered result is needed here');
  return Object.hasOwn(result, name) && Reflect.get(result, name) === true;
}

function registerResultTests(environment: Environment): void {
  const add = (name: string, test: (result: unknown) => boolean) =>
    environment.registerFunction(`${name}(dyn): bool`, test, { async: false });
  add('failed', (result) => isTrue(result, 'failed') || isTrue(result, 'unreachable'));
  add('succeeded', (result) => !isTrue(result, 'failed') && !isTrue(result, 'unreachable'));
  add('changed', (result) => isTrue(result, 'changed'));
  add('skipped', (result) => isTrue(result, 'skipped'));
}

function registerText(environment: Environment): void {
  const add = (signature: string, run: (...args: string[]) => unknown) =>
    environment.registerFunction(signature, run, { async: false });
  for (const signature of ['string.lower(): string', 'lower(string): string']) {
    add(signature, (x = '') => x.toLowerCase());
  }
  for (const signature of ['string.upper(): string', 'upper(string): string']) {
    add(signature, (x = '') => x.toUpperCase());
  }
  add('string.replace(string, string): string', (x = '', a = '', b = '') => x.replaceAll(a, () => b));
  environment.registerFunction('length(dyn): int', sizeOf, { async: false });
  environment.registerFunction('bool(int): bool', (x: bigint) => x !== 0n, { async: false });
  environment.registerFunction(
    'version(dyn, string, dyn): bool',
    (a: unknown, operator: string, b: unknown) => {
      const result = testVersions(String(a), operator, String(b));
      if (result === undefined) throw new ConditionError(`\`${operator}\` is none of ${versionOperators.join(', ')}`);
      return result;
    },
    { async: false },
  );
}

function sizeOf(value: unknown): bigint {
  if (typeof value === 'string' || Array.isArray(value)) return BigInt(value.length);
  if (typeof value === 'object' && value !== null) return BigInt(Object.keys(value).length);
  throw new ConditionError('only lists, mappings and texts have a length');
}

/** CEL has no arithmetic between whole numbers and fractions; people who compare memory sizes need it. */
function registerArithmetic(environment: Environment): void {
  const operations: Readonly<Record<string, (a: number, b: number) => number>> = {
    '+': (a, b) => a + b,
    '-': (a, b) => a - b,
    '*': (a, b) => a * b,
    '/': (a, b) => a / b,
  };
  for (const [operator, run] of Object.entries(operations)) {
    const both = (a: bigint | number, b: bigint | number) => run(Number(a), Number(b));
    environment.registerOperator(`int ${operator} double: double`, both);
    environment.registerOperator(`double ${operator} int: double`, both);
  }
}
