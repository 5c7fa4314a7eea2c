import { assertNever } from '../base/assert-never.ts';
import type { TextPlace } from '../base/origin.ts';
import { didYouMean } from '../base/suggest.ts';
import type {
  HbsBlock,
  HbsCall,
  HbsExpression,
  HbsLocation,
  HbsPath,
  HbsProgram,
  HbsStatement,
} from './handlebars-tree.ts';
import { countProblem } from './helper.ts';
import { helpers } from './helpers/table.ts';
import type { BlockNode, Call, Expression, Path, TemplateNode, TextProblem } from './nodes.ts';

/** Reduces Handlebars' tree to ours. Everything that can be wrong without knowing the variables is told to `report`. */
export function buildNodes(program: HbsProgram | undefined, report: (problem: TextProblem) => void): TemplateNode[] {
  return (program?.body ?? []).flatMap((statement) => buildNode(statement, report));
}

type Report = (problem: TextProblem) => void;

const noPartials = 'Write the text here, or render another template with the module `template`.';

function buildNode(statement: HbsStatement, report: Report): TemplateNode | readonly TemplateNode[] {
  switch (statement.type) {
    case 'ContentStatement':
      return { kind: 'text', text: statement.value };
    case 'CommentStatement':
      return [];
    case 'MustacheStatement': {
      const expression = buildPrinted(statement, report);
      return expression === undefined ? [] : { kind: 'print', expression };
    }
    case 'BlockStatement':
      return buildBlock(statement, report);
    case 'PartialStatement':
    case 'PartialBlockStatement':
      report({ place: placeOf(statement.loc), message: 'partials (`{{> name}}`) are not supported', hint: noPartials });
      return [];
    case 'Decorator':
    case 'DecoratorBlock':
      report({
        place: placeOf(statement.loc),
        message: 'decorators (`{{* name}}`) are not supported',
        hint: noPartials,
      });
      return [];
    default:
      return assertNever(statement);
  }
}

/** `{{x}}` is a variable, `{{x y}}` a helper: a variable may be named like a helper. */
function buildPrinted(call: HbsCall, report: Report): Expression | undefined {
  if (call.params.length > 0 || call.hash !== undefined) return buildCall(call, report);
  return buildExpression(call.path, report);
}

function buildExpression(expression: HbsExpression, report: Report): Expression | undefined {
  const place = placeOf(expression.loc);
  switch (expression.type) {
    case 'PathExpression':
      return buildPath(expression, report);
    case 'SubExpression':
      return buildCall(expression, report);
    case 'StringLiteral':
    case 'NumberLiteral':
    case 'BooleanLiteral':
      return { kind: 'literal', value: expression.value, place };
    case 'UndefinedLiteral':
    case 'NullLiteral':
      return { kind: 'literal', value: null, place };
    default:
      return assertNever(expression);
  }
}

const dataNames = ['root', 'index', 'key', 'first', 'last'] as const;

function buildPath({ data, depth, parts, original, loc }: HbsPath, report: Report): Path | undefined {
  const place = placeOf(loc);
  const isScoped = /^(?:\.\/|this\b)/.test(original);
  if (!data) return { kind: 'path', original, data: undefined, depth, isScoped, parts, place };
  const [name = '', ...rest] = parts;
  const known = dataNames.find((one) => one === name);
  if (known !== undefined) return { kind: 'path', original, data: known, depth, isScoped, parts: rest, place };
  const hint = didYouMean(name, dataNames) ?? `There are ${dataNames.map((one) => `@${one}`).join(', ')}.`;
  report({ place, message: `\`@${name}\` is not known`, hint });
  return undefined;
}

function buildCall(call: HbsCall, report: Report): Call | undefined {
  const { path, params, hash, loc } = call;
  const name = path.type === 'PathExpression' ? path.original : '';
  const helper = Object.hasOwn(helpers, name) ? helpers[name] : undefined;
  if (helper === undefined) {
    const hint =
      didYouMean(name, Object.keys(helpers)) ??
      'A variable stands alone: `{{name}}`. Helpers come first: `{{join list ","}}`.';
    report({ place: placeOf(path.loc), message: `\`${name}\` is no helper`, hint });
    return undefined;
  }
  const wrongCount = countProblem(helper, params.length);
  if (wrongCount !== undefined) {
    report({ place: placeOf(loc), message: wrongCount, hint: `Write {{${helper.usage}}}.` });
    return undefined;
  }
  const args = params.map((one) => buildExpression(one, report));
  const named = new Map<string, Expression>();
  for (const { key, value, loc: at } of hash?.pairs ?? []) {
    const built = buildExpression(value, report);
    if (!helper.named?.includes(key)) {
      const known = helper.named ?? [];
      const hint = didYouMean(key, known) ?? (known.length > 0 ? `It takes ${known.join(', ')}.` : undefined);
      report({ place: placeOf(at), message: `\`${name}\` takes no \`${key}=\``, hint });
    } else if (built !== undefined) named.set(key, built);
  }
  // An argument that could not be built has been reported: the template will not be used.
  return { kind: 'call', name, helper, args: args.filter((one) => one !== undefined), named, place: placeOf(loc) };
}

const blockNames = ['if', 'unless', 'each', 'with'] as const;

function buildBlock(block: HbsBlock, report: Report): TemplateNode | readonly TemplateNode[] {
  const { path, params, hash, program, inverse, loc } = block;
  const name = path.type === 'PathExpression' ? path.original : '';
  const body = buildNodes(program, report);
  const otherwise = buildNodes(inverse, report);
  if (name === 'raw' && params.length === 0) return body;
  const known = blockNames.find((one) => one === name);
  const [first, ...rest] = params;
  if (known !== undefined && first !== undefined && rest.length === 0 && hash === undefined) {
    return blockNode(known, buildExpression(first, report), program, { body, otherwise });
  }
  if (known === undefined && first === undefined && hash === undefined) {
    return blockNode('section', buildExpression(path, report), program, { body, otherwise });
  }
  report({ place: blockPlace(loc, name), message: `\`{{#${name}}}\` is written wrongly`, hint: blockUsage(name) });
  return [];
}

function blockUsage(name: string): string {
  if (name === 'each') return 'Write {{#each list}} or {{#each list as |item|}}.';
  const known = blockNames.find((one) => one === name);
  if (known !== undefined) return `Write {{#${known} value}}; a helper goes in parentheses: {{#${known} (eq a b)}}.`;
  return `The blocks are ${blockNames.map((one) => `#${one}`).join(', ')}: write {{#if (${name} ...)}}.`;
}

function blockNode(
  block: BlockNode['block'],
  subject: Expression | undefined,
  program: HbsProgram | undefined,
  branches: Pick<BlockNode, 'body' | 'otherwise'>,
): TemplateNode | readonly TemplateNode[] {
  if (subject === undefined) return [];
  return { kind: 'block', block, subject, params: program?.blockParams ?? [], ...branches };
}

/** Handlebars counts columns from 0; a place that spans lines is shown by its first character. */
function placeOf({ start, end }: HbsLocation): TextPlace {
  const length = start.line === end.line ? Math.max(1, end.column - start.column) : 1;
  return { line: start.line, column: start.column + 1, length };
}

function blockPlace({ start }: HbsLocation, name: string): TextPlace {
  return { line: start.line, column: start.column + 1, length: name.length + 3 };
}
