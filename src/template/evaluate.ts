import { assertNever } from '../base/assert-never.ts';
import { ConfigError } from '../base/errors.ts';
import { didYouMean } from '../base/suggest.ts';
import { isList, isValues, memberOf } from '../base/value.ts';
import type { Value } from '../base/value.ts';
import { frameAbove, frameWithLocal } from './frame.ts';
import type { Frame } from './frame.ts';
import { HelperError, countProblem, describe } from './helper.ts';
import type { Arguments, Helper, HelperContext } from './helper.ts';
import { helpers } from './helpers/table.ts';
import type { Call, Expression, Path, TextProblem } from './nodes.ts';
import type { Scope } from './scope.ts';

/** One rendering: the variables, and where problems go. Rendering goes on after a problem, so that all are found. */
export interface Rendering {
  readonly scope: Scope;
  report(problem: TextProblem): void;
  /** For problems of other texts: a variable whose own template is wrong. */
  reportElsewhere(error: ConfigError): void;
}

/** An expression's value; undefined when a variable is missing, which has been reported unless `lenient`. */
export function evaluate(
  expression: Expression,
  frame: Frame,
  rendering: Rendering,
  lenient = false,
): Value | undefined {
  switch (expression.kind) {
    case 'literal':
      return expression.value;
    case 'path':
      return evaluatePath(expression, frame, rendering, lenient);
    case 'call':
      return evaluateCall(expression, frame, rendering);
    default:
      return assertNever(expression);
  }
}

function evaluateCall(call: Call, frame: Frame, rendering: Rendering): Value | undefined {
  const { helper, place } = call;
  const lenient = helper.acceptsMissing ?? false;
  const args = call.args.map((one) => evaluate(one, frame, rendering, lenient));
  const named: Record<string, Value | undefined> = Object.create(null);
  for (const [name, value] of call.named) named[name] = evaluate(value, frame, rendering);
  const isIncomplete = (!lenient && args.includes(undefined)) || Object.values(named).includes(undefined);
  if (isIncomplete) return undefined;
  try {
    return helper.run(args, contextOf(named, rendering.scope));
  } catch (error) {
    reportFailure(error, call.name, place, rendering);
    return undefined;
  }
}

function reportFailure(error: unknown, name: string, place: TextProblem['place'], rendering: Rendering): void {
  if (error instanceof ConfigError) return rendering.reportElsewhere(error);
  if (!(error instanceof HelperError)) throw error;
  rendering.report({ place, message: `\`${name}\`: ${error.message}`, hint: error.hint });
}

function contextOf(named: HelperContext['named'], scope: Scope): HelperContext {
  return { named, scope, call: (name, args) => callHelper(name, args, scope) };
}

/** For helpers that run helpers: `map list "upper"`. */
function callHelper(name: string, args: Arguments, scope: Scope): Value {
  const helper: Helper | undefined = Object.hasOwn(helpers, name) ? helpers[name] : undefined;
  if (helper === undefined) throw new HelperError(`\`${name}\` is no helper`, didYouMean(name, Object.keys(helpers)));
  const wrongCount = countProblem(helper, args.length);
  if (wrongCount !== undefined) throw new HelperError(wrongCount);
  return helper.run(args, contextOf({}, scope));
}

function evaluatePath(path: Path, frame: Frame, rendering: Rendering, lenient: boolean): Value | undefined {
  const complain = (message: string, hint?: string): undefined => {
    if (!lenient) rendering.report({ place: path.place, message, hint });
  };
  try {
    const start = startOf(path, frame, rendering.scope);
    if (start === undefined) return complain(...missingStart(path, frame, rendering.scope));
    let { value } = start;
    for (const [i, part] of start.rest.entries()) {
      const found = step(value, part);
      if (found === undefined) return complain(...missingMember(value, part, pathBefore(path, start.rest.length - i)));
      value = found;
    }
    return value;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    rendering.reportElsewhere(error);
    return undefined;
  }
}

/** The value a path starts from and the steps that are left; undefined when the start is missing. */
function startOf(path: Path, frame: Frame, scope: Scope): { value: Value; rest: readonly string[] } | undefined {
  const { data, depth, parts, isScoped } = path;
  const [first, ...rest] = parts;
  if (data === 'root') return variable(first, rest, scope);
  if (data !== undefined) return started(dataOf(frame, data, depth), parts);
  if (first !== undefined && depth === 0 && !isScoped) {
    const local = frameWithLocal(frame, first)?.locals.get(first);
    if (local !== undefined) return { value: local, rest };
  }
  const above = frameAbove(frame, depth);
  if (above === undefined) return undefined;
  if (above.parent === undefined) return variable(first, rest, scope);
  if (above.context === undefined) return undefined;
  return first === undefined || step(above.context, first) !== undefined
    ? { value: above.context, rest: parts }
    : undefined;
}

function started(value: Value | undefined, rest: readonly string[]) {
  return value === undefined ? undefined : { value, rest };
}

function variable(name: string | undefined, rest: readonly string[], scope: Scope) {
  return name === undefined ? undefined : started(scope.get(name), rest);
}

function dataOf(frame: Frame, name: 'index' | 'key' | 'first' | 'last', depth: number): Value | undefined {
  let found = frameAbove(frame, depth);
  while (found !== undefined && found.data[name] === undefined) found = found.parent;
  return found?.data[name];
}

/** A member; lists and texts have `length`, too. */
function step(value: Value, name: string): Value | undefined {
  const found = memberOf(value, name);
  if (found !== undefined || name !== 'length') return found;
  return isList(value) || typeof value === 'string' ? value.length : undefined;
}

type Complaint = [message: string, hint?: string | undefined];

function missingStart(path: Path, frame: Frame, scope: Scope): Complaint {
  const { data, depth, parts, original } = path;
  const [first] = parts;
  if (data !== undefined && data !== 'root') return [`\`@${data}\` has a value inside \`#each\` only`];
  const above = data === 'root' ? undefined : frameAbove(frame, depth);
  if (data === undefined && above === undefined) return [`\`${original}\` leads out of the template`];
  if (first === undefined) return [`\`${original}\` stands for nothing here`, 'Name a variable.'];
  if (above?.parent === undefined) return [`\`${first}\` is not defined`, didYouMean(first, scope.names())];
  const [message, hint] = missingMember(above.context ?? null, first, 'this');
  return [
    message,
    scope.has(first)
      ? `Write {{@root.${parts.join('.')}}}: inside \`#each\` and \`#with\`, names belong to the item.`
      : hint,
  ];
}

function missingMember(value: Value, name: string, path: string): Complaint {
  if (isValues(value)) {
    const names = Object.keys(value);
    const hint = didYouMean(name, names) ?? (names.length > 0 ? `It has ${names.slice(0, 10).join(', ')}.` : undefined);
    return [`\`${path}\` has no member \`${name}\``, hint];
  }
  if (isList(value)) {
    const isIndex = /^\d+$/.test(name);
    if (isIndex) return [`\`${path}\` has no item ${name}: it has ${value.length}`];
    return [
      `\`${path}\` is a list and has no member \`${name}\``,
      `Items are written ${path}.[0], or {{#each ${path}}}.`,
    ];
  }
  return [`\`${path}\` is ${describe(value)} and has no member \`${name}\``];
}

/** What was written before the last `count` steps. */
function pathBefore({ parts, data, depth }: Path, count: number): string {
  const before = parts.slice(0, parts.length - count).join('.');
  return `${data === 'root' ? '@root.' : '../'.repeat(depth)}${before}`.replace(/[./]$/, '') || 'this';
}
