import { ConfigError } from '../base/errors.ts';
import type { Origin } from '../base/origin.ts';
import type { Value } from '../base/value.ts';
import { ConditionError, createEnvironment } from './cel/cel-environment.ts';
import { fromCelValue, toCelValue } from './cel/cel-values.ts';
import { explainCel, explainSyntax, isCelError } from './cel/explain-cel.ts';
import { ComparisonError, OperandError, harden, referencesOf, variablePrefix } from './cel/harden.ts';
import type { Reference } from './cel/harden.ts';
import { describe } from './helper.ts';
import { placeAt } from './mustaches.ts';
import type { TextProblem } from './nodes.ts';
import { locateProblems } from './parse-template.ts';
import type { Scope } from './scope.ts';

/** An expression of `when`, `until`, `failed_when`..., ready to be asked for each host. */
export interface Condition {
  /** The variables it uses. */
  readonly references: ReadonlySet<string>;
  /** @throws ConfigError when a variable is missing, types do not fit, or the result is neither true nor false */
  evaluate(scope: Scope): boolean;
}

interface Expression {
  readonly references: ReadonlySet<string>;
  readonly run: (context: ReadonlyMap<string, unknown>) => unknown;
}

type Compiled = Expression | { readonly problem: TextProblem };

const environment = createEnvironment();
const cache = new Map<string, Compiled>();
const maxCached = 5000;

/**
 * Compiles a condition, once for each text. Conditions are CEL (cel.dev) with the functions of `conditionFunctions`.
 * @throws ConfigError when it is no condition
 */
export function compileCondition(text: string | boolean, at: Origin): Condition {
  if (typeof text === 'boolean') return { references: new Set(), evaluate: () => text };
  const expression = compile(text, at);
  return {
    references: expression.references,
    evaluate(scope) {
      const result = run(expression, text, scope, at);
      if (typeof result === 'boolean') return result;
      throw new ConfigError(locateProblems([notBoolean(text, fromCelValue(result))], text, at));
    },
  };
}

/** The value of a CEL expression. @throws ConfigError */
export function evaluateExpression(text: string, scope: Scope, at: Origin): Value {
  return fromCelValue(run(compile(text, at), text, scope, at));
}

function compile(text: string, at: Origin): Expression {
  let compiled = cache.get(text);
  if (compiled === undefined) {
    compiled = parse(text);
    if (cache.size >= maxCached) cache.clear();
    cache.set(text, compiled);
  }
  if ('problem' in compiled) throw new ConfigError(locateProblems([compiled.problem], text, at));
  return compiled;
}

function parse(text: string): Compiled {
  const whole = placeAt(text, 0, text.length);
  if (text.trim() === '') return { problem: { place: whole, message: 'the condition is empty' } };
  if (text.includes('{{')) {
    const bare = text.replaceAll(/(["']?)\{\{\s*([^{}]*?)\s*\}\}\1/g, '$2');
    return { problem: { place: whole, message: 'conditions are written without braces', hint: `Write: ${bare}` } };
  }
  let parsed;
  try {
    parsed = environment.parse(text);
  } catch (error) {
    if (!isCelError(error)) throw error;
    return { problem: explainSyntax(text, error) };
  }
  const references = referencesOf(parsed.ast);
  const python = pythonConstant(text, references);
  if (python !== undefined) return { problem: python };
  harden(parsed.ast);
  const { error } = parsed.check();
  if (error !== undefined) return { problem: explainCel(text, error) };
  return { references: new Set(references.map(({ name }) => name)), run: parsed };
}

const pythonConstants: ReadonlyMap<string, string> = new Map([
  ['True', 'true'],
  ['False', 'false'],
  ['None', 'null'],
  ['none', 'null'],
]);

function pythonConstant(text: string, references: readonly Reference[]): TextProblem | undefined {
  for (const { name, node } of references) {
    const written = pythonConstants.get(name);
    const { start, end } = node.range;
    const place = placeAt(text, start, end - start);
    if (written !== undefined) return { place, message: `\`${name}\` is Python`, hint: `Write ${written}.` };
  }
  return undefined;
}

function run(expression: Expression, text: string, scope: Scope, at: Origin): unknown {
  try {
    return expression.run(new ScopeMap(scope));
  } catch (error) {
    const problem = explain(error, text, scope);
    if (problem === undefined) throw error;
    throw new ConfigError(locateProblems([problem], text, at));
  }
}

function explain(error: unknown, text: string, scope: Scope): TextProblem | undefined {
  if (error instanceof ConditionError) return { place: placeAt(text, 0, text.length), message: error.message };
  const isKnown = error instanceof OperandError || error instanceof ComparisonError || isCelError(error);
  return isKnown ? explainCel(text, error, scope) : undefined;
}

/** For `type(x) == string`. */
const typeConstants: ReadonlyMap<string, unknown> = new Map(
  ['int', 'double', 'string', 'bool', 'list', 'map', 'null_type'].map((name) => [name, environment.evaluate(name)]),
);

/** The library reads variables with `get`; they are looked up, rendered and converted when they are used. */
class ScopeMap extends Map<string, unknown> {
  readonly #scope: Scope;

  constructor(scope: Scope) {
    super();
    this.#scope = scope;
  }

  override get(prefixed: string): unknown {
    const name = prefixed.slice(variablePrefix.length);
    const value = this.#scope.get(name);
    return value === undefined ? typeConstants.get(name) : toCelValue(value);
  }
}

function notBoolean(text: string, value: Value): TextProblem {
  const place = placeAt(text, 0, text.length);
  const shown = /^[\w.]+$/.test(text.trim()) ? text.trim() : `(${text.trim()})`;
  const message = `the condition is ${describe(value)}, which is neither true nor false`;
  if (value === null) return { place, message, hint: `Write ${shown} != null.` };
  if (typeof value === 'number') return { place, message, hint: `Write ${shown} != 0.` };
  if (typeof value === 'object') return { place, message, hint: `Write size(${shown}) > 0.` };
  return { place, message, hint: `Write bool(${shown}) for yes and no, or compare it: ${shown} != "".` };
}
