import type { Span } from '../base/diagnostic.ts';
import { isValues } from '../base/value.ts';
import type { Value } from '../base/value.ts';
import type { YamlPath } from '../base/yaml-source.ts';
import { isTemplate } from '../template/parse-template.ts';
import { parseFreeForm } from './free-form.ts';
import type { FreeFormKind } from './free-form.ts';
import type { ModuleShape } from './loader.ts';
import type { Written } from './playbook.ts';
import type { Problems } from './problems.ts';
import { entriesOf, keySpanOf, kindOf, spanOf, written } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

/** An argument with its places, wherever it was written. */
interface Argument {
  readonly value: Value;
  readonly at: (path: YamlPath) => Span;
  readonly keyAt: (path: YamlPath) => Span;
}

type Arguments = ReadonlyMap<string, Argument>;

/**
 * The arguments of a task as one mapping: a mapping as it is, a text under the module's free form, `a=b` words as pairs,
 * and `args:` added.
 */
export function readArgs(
  node: YamlNode,
  extra: YamlNode | undefined,
  module: ModuleShape,
  problems: Problems,
): Written {
  const own = ownArgs(node, module, problems);
  const all = new Map(own);
  for (const [name, entry] of entriesOf(extra ?? { ...node, value: null })) {
    if (own.has(name)) problems.error(keySpanOf(entry), `\`${name}\` is given twice: here and with \`${module.name}\``);
    all.set(name, memberArgument(entry));
  }
  return join(all, node);
}

function ownArgs(node: YamlNode, module: ModuleShape, problems: Problems): Arguments {
  const { value } = node;
  if (value === null) return new Map();
  if (isValues(value)) return new Map(entriesOf(node).map(([name, entry]) => [name, memberArgument(entry)]));
  if (typeof value === 'string') return textArgs(node, value, module, problems);
  if (module.freeForm !== undefined) return new Map([[module.freeForm, memberArgument(node)]]);
  problems.error(spanOf(node), `the arguments of \`${module.name}\` must be a mapping, not ${kindOf(value)}`);
  return new Map();
}

function textArgs(node: YamlNode, text: string, module: ModuleShape, problems: Problems): Arguments {
  const parsed = parseFreeForm(text, kindOfText(module));
  const rest = parsed === undefined ? text : parsed.rest;
  const args = new Map<string, Argument>();
  for (const { name, value, offset } of parsed?.pairs ?? []) {
    const span = spanInside(node, text, offset);
    args.set(name, { value, at: () => span, keyAt: () => span });
  }
  if (rest === '') return args;
  if (module.freeForm !== undefined) return args.set(module.freeForm, { ...memberArgument(node), value: rest });
  const hint = isTemplate(text)
    ? 'Write each argument, with a template as its value.'
    : 'Write `name: value` on lines of their own.';
  problems.error(spanOf(node), `the arguments of \`${module.name}\` must be a mapping, not a text`, hint);
  return args;
}

function memberArgument(node: YamlNode): Argument {
  return written(node);
}

/** `cmd` is what command lines are called. */
function kindOfText({ freeForm }: ModuleShape): FreeFormKind {
  if (freeForm === undefined) return 'arguments';
  return freeForm === 'cmd' ? 'command' : 'text';
}

/** The place of a word in a text of one line; the whole text's otherwise. */
function spanInside(node: YamlNode, text: string, offset: number): Span {
  const span = spanOf(node);
  const word = /^\S*/.exec(text.slice(offset))?.[0] ?? '';
  const isAsWritten = span.length === text.length && !text.includes('\n');
  return isAsWritten ? { ...span, column: span.column + offset, length: word.length } : span;
}

function join(args: Arguments, node: YamlNode): Written {
  const value: Record<string, Value> = Object.create(null);
  for (const [name, argument] of args) value[name] = argument.value;
  const find = ([name, ...rest]: YamlPath, places: 'at' | 'keyAt'): Span => {
    const argument = typeof name === 'string' ? args.get(name) : undefined;
    return argument === undefined ? keySpanOf(node) : argument[places](rest);
  };
  return {
    value,
    span: keySpanOf(node),
    at: (path) => find(path, 'at'),
    keyAt: (path) => find(path, 'keyAt'),
  };
}
