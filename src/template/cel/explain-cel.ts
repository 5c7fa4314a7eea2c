import type { ASTNode } from '@marcbachmann/cel-js';

import { didYouMean } from '../../base/suggest.ts';
import { isValues, memberOf } from '../../base/value.ts';
import type { Value } from '../../base/value.ts';
import { describe } from '../helper.ts';
import { parseJinja } from '../jinja/jinja.ts';
import { toCel } from '../jinja/to-cel.ts';
import { placeAt } from '../mustaches.ts';
import type { TextProblem } from '../nodes.ts';
import type { Scope } from '../scope.ts';
import { conditionFunctions } from './cel-environment.ts';
import { ComparisonError, OperandError, variablePrefix } from './harden.ts';

/** What the library's errors have in common; its three classes share no public one. */
interface CelError extends Error {
  readonly code: string;
  readonly summary: string;
  readonly range?: { readonly start: number; readonly end: number };
  readonly node?: { readonly op?: string; readonly args?: unknown };
}

export function isCelError(error: unknown): error is CelError {
  return error instanceof Error && 'summary' in error && 'code' in error;
}

/** A text that is no CEL: what was meant, if it can be guessed. */
export function explainSyntax(text: string, error: CelError): TextProblem {
  const place = placeOf(text, error.range);
  const jinja = parseJinja(text);
  const written = jinja === undefined ? undefined : toCel(jinja);
  if (written !== undefined && written !== text) {
    return { place: placeAt(text, 0, text.length), message: 'this condition is Jinja', hint: `Write: ${written}` };
  }
  const hint = 'Conditions are CEL: ==, !=, &&, ||, !, in, defined(x), x.matches("^a").';
  if (error.code === 'reserved_identifier') {
    const name = /: (\w+)$/.exec(error.summary)?.[1] ?? '';
    return {
      place,
      message: `a variable cannot be named \`${name}\` in a condition`,
      hint: `\`${name}\` is a word of CEL.`,
    };
  }
  if (/(?:^|[^=!<>])=(?:[^=]|$)/.test(withoutTexts(text))) {
    return { place, message: 'one `=` compares nothing', hint: 'Write ==.' };
  }
  if (/\b(?:and|or|not|is)\b/.test(withoutTexts(text))) {
    return {
      place,
      message: 'this is no condition',
      hint: 'Write && for and, || for or, ! for not, defined(x) for `x is defined`.',
    };
  }
  return { place, message: `this is no condition: ${lower(error.summary)}`, hint };
}

function withoutTexts(text: string): string {
  return text.replaceAll(/"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'/g, '""');
}

/** An error of checking or evaluating. */
export function explainCel(text: string, error: CelError | OperandError | ComparisonError, scope?: Scope): TextProblem {
  if (error instanceof OperandError) {
    const { start, end } = error.node.range;
    const shown = text.slice(start, end);
    return {
      place: placeAt(text, start, end - start),
      message: `\`${shown}\`: ${error.message}`,
      hint: `Write bool(${shown}), or compare it.`,
    };
  }
  if (error instanceof ComparisonError) {
    const { start, end } = error.node.range;
    return {
      place: placeAt(text, start, end - start),
      message: error.message,
      hint: 'Convert one: int(x), string(x), bool(x).',
    };
  }
  const place = placeOf(text, error.range);
  switch (error.code) {
    case 'unknown_variable': {
      const name = text.slice(error.range?.start, error.range?.end);
      return { place, message: `\`${name}\` is not defined`, hint: didYouMean(name, scope?.names() ?? []) };
    }
    case 'no_such_key':
      return { place, ...explainMember(error, scope) };
    case 'index_out_of_bounds':
      return { place, message: error.summary.replace(/^.*index (-?\d+) .*?(\d+)?$/, 'the list has no item $1') };
    case 'no_such_overload':
      return { place, ...explainOperator(error.summary) };
    case 'no_matching_overload':
    case 'unknown_function':
      return { place, ...explainFunction(error.summary) };
    default:
      return { place, message: lower(error.summary) };
  }
}

function placeOf(text: string, range: CelError['range']): TextProblem['place'] {
  const start = Math.min(range?.start ?? 0, Math.max(0, text.length - 1));
  return placeAt(text, start, Math.max(1, (range?.end ?? text.length) - start));
}

function lower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}

function explainMember({ node, summary }: CelError, scope: Scope | undefined): Pick<TextProblem, 'message' | 'hint'> {
  const name = /: (.*)$/.exec(summary)?.[1] ?? '';
  const [of] = Array.isArray(node?.args) ? node.args : [];
  const path = pathOf(of);
  if (path === undefined || scope === undefined) return { message: `there is no member \`${name}\`` };
  const shown = path.join('.');
  const value = valueAt(path, scope);
  if (!isValues(value)) return { message: `\`${shown}\` is ${describe(value)} and has no member \`${name}\`` };
  const names = Object.keys(value);
  const hint =
    didYouMean(name, names) ??
    `It has ${names.slice(0, 10).join(', ')}. Ask defined(${shown}.${name}) first if it may be missing.`;
  return { message: `\`${shown}\` has no member \`${name}\``, hint };
}

/** `a.b["c"]` as names; undefined for anything computed. */
function pathOf(node: unknown): readonly string[] | undefined {
  if (!isAccess(node)) return undefined;
  if (node.op === 'id') return [node.args.replace(variablePrefix, '')];
  if (node.op !== '.' && node.op !== '[]') return undefined;
  const [of, step] = node.args;
  const before = pathOf(of);
  const name = nameOf(step);
  return before === undefined || name === undefined ? undefined : [...before, name];
}

function nameOf(step: string | ASTNode): string | undefined {
  if (typeof step === 'string') return step;
  return step.op === 'value' && typeof step.args === 'string' ? step.args : undefined;
}

function isAccess(node: unknown): node is ASTNode {
  return typeof node === 'object' && node !== null && 'op' in node;
}

function valueAt([first = '', ...rest]: readonly string[], scope: Scope): Value | undefined {
  let value = scope.get(first);
  for (const step of rest) value = value === undefined ? undefined : memberOf(value, step);
  return value;
}

const typeWords: readonly (readonly [RegExp, string])[] = [
  [/^(?:int|uint|double)$/, 'a number'],
  [/^string$/, 'a text'],
  [/^bool$/, 'true or false'],
  [/^null/, 'empty (null)'],
  [/^list/, 'a list'],
  [/^map/, 'a mapping'],
];

function typeWord(type: string): string {
  const bare = type.replace(/^dyn<(.*)>$/, '$1');
  return typeWords.find(([pattern]) => pattern.test(bare))?.[1] ?? 'a value';
}

function explainOperator(summary: string): Pick<TextProblem, 'message' | 'hint'> {
  const unary = /: ([!-])(\w+)/.exec(summary);
  if (unary !== null) {
    const [, operator = '', type = ''] = unary;
    const hint = operator === '!' ? 'Write !bool(x), or compare it.' : undefined;
    return { message: `\`${operator}\` does not work on ${typeWord(type)}`, hint };
  }
  const binary = /: (\S+(?:<.*?>)?) (==|!=|<=|>=|<|>|in|[-+*/%]) (\S+)/.exec(summary);
  if (binary === null) return { message: lower(summary) };
  const [, left = '', operator = '', right = ''] = binary;
  const hasNumber = [left, right].some((type) => /^(?:int|double)$/.test(type));
  const hint = hasNumber ? 'Convert one of them: int(x), double(x) or string(x).' : undefined;
  return { message: `\`${operator}\` does not work between ${typeWord(left)} and ${typeWord(right)}`, hint };
}

function explainFunction(summary: string): Pick<TextProblem, 'message' | 'hint'> {
  const name = /'(?:.*\.)?(\w+)\(/.exec(summary)?.[1] ?? '';
  const known = Object.keys(conditionFunctions);
  const usage = known.find((one) => one.includes(`${name}(`));
  if (usage !== undefined) return { message: `\`${name}\` is not called like this`, hint: `Write ${usage}.` };
  const names = [
    ...known.map((one) => /(\w+)\(/.exec(one)?.[1] ?? ''),
    'size',
    'contains',
    'startsWith',
    'endsWith',
    'split',
    'int',
    'string',
  ];
  if (names.includes(name)) return { message: `\`${name}\` does not take these values` };
  return { message: `there is no function \`${name}\``, hint: didYouMean(name, names) };
}
