import type { ASTNode } from '@marcbachmann/cel-js';

import { readBoolean } from '../../base/read-boolean.ts';
import { HelperError, describe } from '../helper.ts';
import { compileRegex, matchFirst } from '../regex.ts';
import { fromCelValue } from './cel-values.ts';
import { ConditionError } from './cel-environment.ts';

/** The evaluator's method that replaced evaluations need. */
interface Runner {
  run(ast: ASTNode, context: unknown): unknown;
}

type Evaluate = (ev: Runner, ast: ASTNode, context: unknown) => unknown;

/** Thrown at a node whose operand is neither true nor false. */
export class OperandError extends Error {
  readonly node: ASTNode;

  constructor(node: ASTNode, value: unknown) {
    super(`this is ${describe(fromCelValue(value))}, which is neither true nor false`);
    this.node = node;
  }
}

/** Thrown at a comparison of a text with a number or a boolean. */
export class ComparisonError extends Error {
  readonly node: ASTNode;

  constructor(node: ASTNode, a: unknown, b: unknown) {
    super(`${describe(fromCelValue(a))} is compared with ${describe(fromCelValue(b))}: they can never be the same`);
    this.node = node;
  }
}

/**
 * Replaces what is unsafe for us in a parsed expression: `&&` and `||` hide errors of one side when the other decides (a
 * mistyped variable would go unseen), 5 and "5" are compared without a word, `matches` may run for ever, and `bool` does not know "yes".
 */
export function harden(root: ASTNode): void {
  for (const { node } of referencesOf(root)) {
    // `list`, `map` and other names of types are constants to the library; a variable of that name comes first.
    Object.assign(node, { args: `${variablePrefix}${node.args}` });
  }
  for (const node of nodesOf(root)) {
    const replacement = replacementFor(node);
    // The library looks this property up on the node and sets it itself at the first evaluation (pinned: 8.0.0).
    if (replacement !== undefined) Object.assign(node, { evaluate: replacement });
  }
}

function replacementFor(node: ASTNode): Evaluate | undefined {
  if (node.op === '&&' || node.op === '||') {
    const [left, right] = node.args;
    const decides = node.op === '||';
    return (ev, _ast, context) =>
      truth(ev.run(left, context), left) === decides ? decides : truth(ev.run(right, context), right);
  }
  if (node.op === '==' || node.op === '!=') return comparisonOf(node);
  if (node.op === 'rcall' && node.args[0] === 'matches') return matchesOf(node.args[1], node.args[2][0]);
  if (node.op === 'call' && node.args[0] === 'bool') return boolOf(node.args[1][0]);
  return undefined;
}

/** CEL says that 5 and "5" differ, and goes on; it is nearly always a mistake, so we say it. */
function comparisonOf(node: Extract<ASTNode, { op: '==' | '!=' }>): Evaluate {
  const [left, right] = node.args;
  return (ev, ast, context) => {
    const [a, b] = [ev.run(left, context), ev.run(right, context)];
    const [kindA, kindB] = [kindOf(a), kindOf(b)];
    if (kindA !== undefined && kindB !== undefined && kindA !== kindB) throw new ComparisonError(node, a, b);
    return compare(ast, a, b, ev);
  };
}

/** Undefined for what may be compared with everything: null, lists and mappings. */
function kindOf(value: unknown): string | undefined {
  if (typeof value === 'bigint') return 'number';
  return typeof value === 'object' ? undefined : typeof value;
}

/** The library leaves the comparison of two values on the node when it checks the expression. */
function compare(ast: ASTNode, a: unknown, b: unknown, ev: Runner): unknown {
  const handle: unknown = Reflect.get(ast, 'handle');
  if (typeof handle !== 'function') throw new TypeError('the expression was not checked');
  return handle(a, b, ast, ev);
}

function truth(value: unknown, node: ASTNode): boolean {
  if (typeof value === 'boolean') return value;
  throw new OperandError(node, value);
}

function matchesOf(subject: ASTNode, pattern: ASTNode | undefined): Evaluate | undefined {
  if (pattern === undefined) return undefined;
  return (ev, _ast, context) => {
    const text = ev.run(subject, context);
    const regex = ev.run(pattern, context);
    if (typeof text !== 'string' || typeof regex !== 'string') throw new ConditionError('`matches` needs two texts');
    try {
      return matchFirst(compileRegex(regex), text) !== undefined;
    } catch (error) {
      throw error instanceof HelperError ? new ConditionError(error.message) : error;
    }
  };
}

function boolOf(argument: ASTNode | undefined): Evaluate | undefined {
  if (argument === undefined) return undefined;
  return (ev, _ast, context) => {
    const value = ev.run(argument, context);
    const read = readBoolean(fromCelValue(value));
    if (read === undefined) throw new OperandError(argument, value);
    return read;
  };
}

/** Every node of an expression, the outer ones first. */
function* nodesOf(node: ASTNode): Generator<ASTNode> {
  yield node;
  for (const inner of innerNodes(node.args)) yield* nodesOf(inner);
}

function innerNodes(args: unknown): readonly ASTNode[] {
  if (Array.isArray(args)) return args.flatMap(innerNodes);
  return isNode(args) ? [args] : [];
}

function isNode(value: unknown): value is ASTNode {
  return typeof value === 'object' && value !== null && 'op' in value && 'args' in value;
}

const loops = new Set(['all', 'exists', 'exists_one', 'map', 'filter']);

/** Stands before the names of variables in a hardened expression. */
export const variablePrefix = '$';

/** A variable in an expression. */
export interface Reference {
  readonly name: string;
  readonly node: Extract<ASTNode, { op: 'id' }>;
}

/** The variables an expression uses, without the names that its loops give to items. */
export function referencesOf(node: ASTNode, bound: ReadonlySet<string> = new Set()): readonly Reference[] {
  if (node.op === 'id') return bound.has(node.args) ? [] : [{ name: node.args, node }];
  if (node.op === 'rcall' && loops.has(node.args[0])) {
    const [, receiver, [item, ...rest]] = node.args;
    const inner = item?.op === 'id' ? new Set([...bound, item.args]) : bound;
    return [...referencesOf(receiver, bound), ...rest.flatMap((one) => referencesOf(one, inner))];
  }
  return innerNodes(node.args).flatMap((one) => referencesOf(one, bound));
}
