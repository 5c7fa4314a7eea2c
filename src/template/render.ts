import { assertNever } from '../base/assert-never.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import type { Origin } from '../base/origin.ts';
import { isList, isValues } from '../base/value.ts';
import type { Value } from '../base/value.ts';
import { evaluate } from './evaluate.ts';
import type { Rendering } from './evaluate.ts';
import { rootFrame } from './frame.ts';
import type { Frame } from './frame.ts';
import { describe, isTruthy, toText } from './helper.ts';
import type { BlockNode, Expression, TemplateNode, TextProblem } from './nodes.ts';
import { isTemplate, locateProblems, parseTemplate } from './parse-template.ts';
import type { Scope } from './scope.ts';

/**
 * Renders a Handlebars template as text: null as nothing, lists and mappings as JSON, nothing is escaped. Only data is
 * read, never a prototype or a function.
 * @throws ConfigError with every missing variable and every helper that failed, each at its place
 */
export function renderText(source: string, scope: Scope, at: Origin): string {
  if (!isTemplate(source)) return source;
  const { nodes } = parseTemplate(source, at);
  return collect(source, scope, at, (rendering) => renderNodes(nodes, rootFrame, rendering));
}

/**
 * Renders a text to its native value when it is one `{{expression}}` ("{{ports}}" gives the list), else to text.
 * @throws ConfigError as {@link renderText}
 */
export function renderNative(source: string, scope: Scope, at: Origin): Value {
  if (!isTemplate(source)) return source;
  const { nodes, expression } = parseTemplate(source, at);
  return collect<Value>(source, scope, at, (rendering) =>
    expression === undefined
      ? renderNodes(nodes, rootFrame, rendering)
      : (evaluate(expression, rootFrame, rendering) ?? null),
  );
}

function collect<T>(source: string, scope: Scope, at: Origin, render: (rendering: Rendering) => T): T {
  const problems = new Map<string, TextProblem>();
  const elsewhere = new Set<Diagnostic>();
  const result = render({
    scope,
    // The same variable is missing at many places: the first one is enough.
    report: (problem) => !problems.has(problem.message) && problems.set(problem.message, problem),
    reportElsewhere: (error) => error.diagnostics.forEach((one) => elsewhere.add(one)),
  });
  if (problems.size === 0 && elsewhere.size === 0) return result;
  throw new ConfigError([...locateProblems([...problems.values()], source, at), ...elsewhere]);
}

function renderNodes(nodes: readonly TemplateNode[], frame: Frame, rendering: Rendering): string {
  let text = '';
  for (const node of nodes) {
    if (node.kind === 'text') text += node.text;
    else if (node.kind === 'print') text += toText(evaluate(node.expression, frame, rendering) ?? null);
    else text += renderBlock(node, frame, rendering);
  }
  return text;
}

function renderBlock(node: BlockNode, frame: Frame, rendering: Rendering): string {
  const subject = evaluate(node.subject, frame, rendering);
  // Missing, and reported: whatever depends on it cannot be checked.
  if (subject === undefined) return '';
  switch (node.block) {
    case 'if':
      return renderNodes(isTruthy(subject) ? node.body : node.otherwise, frame, rendering);
    case 'unless':
      return renderNodes(isTruthy(subject) ? node.otherwise : node.body, frame, rendering);
    case 'with':
      return isEmpty(subject)
        ? renderNodes(node.otherwise, frame, rendering)
        : renderNodes(node.body, inner(frame, node, subject, {}), rendering);
    case 'each':
      return renderEach(node, subject, frame, rendering);
    case 'section':
      return renderSection(node, subject, frame, rendering);
    default:
      return assertNever(node.block);
  }
}

/** What Handlebars takes for empty: 0 is not. */
function isEmpty(value: Value): boolean {
  return value !== 0 && !isTruthy(value);
}

function renderEach(node: BlockNode, subject: Value, frame: Frame, rendering: Rendering): string {
  const items = itemsOf(subject, node.subject, rendering);
  if (items.length === 0) return renderNodes(node.otherwise, frame, rendering);
  return items
    .map(([key, value], index) => {
      const data = { index, key, first: index === 0, last: index === items.length - 1 };
      return renderNodes(node.body, inner(frame, node, value, data), rendering);
    })
    .join('');
}

function itemsOf(subject: Value, { place }: Expression, rendering: Rendering): readonly (readonly [Value, Value])[] {
  if (isList(subject)) return [...subject.entries()];
  if (isValues(subject)) return Object.entries(subject);
  if (subject !== null && subject !== false) {
    rendering.report({ place, message: `\`#each\` needs a list or a mapping, but this is ${describe(subject)}` });
  }
  return [];
}

/** Mustache's `{{#x}}`: each item of a list, the value as context, or nothing. */
function renderSection(node: BlockNode, subject: Value, frame: Frame, rendering: Rendering): string {
  if (isList(subject)) return renderEach(node, subject, frame, rendering);
  if (subject === true) return renderNodes(node.body, frame, rendering);
  if (subject === null || subject === false) return renderNodes(node.otherwise, frame, rendering);
  return renderNodes(node.body, inner(frame, node, subject, {}), rendering);
}

function inner(frame: Frame, { params }: BlockNode, context: Value, data: Frame['data']): Frame {
  const [item, key] = params;
  const locals = new Map<string, Value>();
  if (item !== undefined) locals.set(item, context);
  if (key !== undefined) locals.set(key, data.key ?? null);
  return { parent: frame, context, data, locals };
}
