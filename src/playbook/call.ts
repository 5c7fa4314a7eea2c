import type { Located, Span } from '../base/diagnostic.ts';
import { didYouMean } from '../base/suggest.ts';
import { isValues } from '../base/value.ts';
import { isTemplate } from '../template/parse-template.ts';
import { Fields } from './fields.ts';
import type { KeywordSet } from './keywords.ts';
import { checkKeywords } from './keywords.ts';
import type { Loader } from './loader.ts';
import { readArgs } from './task-args.ts';
import { checkTemplates } from './templates.ts';
import { keySpanOf, kindOf, memberOf } from './yaml-node.ts';
import type { YamlNode } from './yaml-node.ts';

/** An include or import as written: its keywords and its arguments. */
export interface Call {
  readonly fields: Fields;
  readonly span: Span;
  readonly target: Located<string>;
  arg(name: string): Located<string> | undefined;
  /** An argument that must be known when the playbook is read. */
  plainArg(name: string): Located<string> | undefined;
  readonly apply: YamlNode | undefined;
}

export interface CallShape {
  readonly name: string;
  readonly keywords: KeywordSet;
  /** The argument that says what is included. */
  readonly target: 'file' | 'name';
  readonly takes: readonly string[];
}

/** Reads an entry such as `include_tasks: setup.yaml`; undefined, with everything reported, when its target is missing. */
export function readCall({ problems }: Loader, node: YamlNode, key: YamlNode, shape: CallShape): Call | undefined {
  checkKeywords(node, shape.keywords, problems, key);
  const fields = new Fields(node, problems);
  const extra = fields.mapping('args');
  const args = readArgs(key, extra, { name: shape.name, freeForm: shape.target }, problems);
  const given = isValues(args.value) ? args.value : {};
  const takes = [shape.target, ...shape.takes];
  for (const name of Object.keys(given).filter((known) => !takes.includes(known))) {
    const hint = didYouMean(name, takes) ?? `It takes ${takes.join(', ')}.`;
    problems.error(args.keyAt([name]), `\`${shape.name}\` has no \`${name}\``, hint);
  }
  checkTemplates(args, problems);
  const arg = (name: string): Located<string> | undefined => {
    const value = given[name];
    if (value === undefined || value === null) return undefined;
    if (typeof value === 'string') return { value, span: args.at([name]) };
    problems.error(args.at([name]), `\`${name}\` must be a text, not ${kindOf(value)}`);
    return undefined;
  };
  const plainArg = (name: string): Located<string> | undefined => {
    const text = arg(name);
    if (text === undefined || !isTemplate(text.value)) return text;
    const hint = shape.name.startsWith('import') ? `Use \`${shape.name.replace('import', 'include')}\`.` : undefined;
    problems.error(text.span, `\`${name}\` cannot hold a template: it is read before any host is looked at`, hint);
    return undefined;
  };
  const target = arg(shape.target);
  if (target === undefined) {
    if (given[shape.target] === undefined || given[shape.target] === null) {
      problems.error(
        keySpanOf(key),
        `\`${shape.name}\` does not say which ${shape.target === 'file' ? 'file' : 'role'}`,
      );
    }
    return undefined;
  }
  return {
    fields,
    span: keySpanOf(key),
    target,
    arg,
    plainArg,
    apply: memberOf(key, 'apply') ?? (extra && memberOf(extra, 'apply')),
  };
}
