import { stringify } from 'yaml';

import type { Module } from '../modules/module.ts';
import type { Style } from '../report/style.ts';
import { argumentsOf, type JsonSchema } from './json-schema.ts';

/** What there is to say about a module, from its own description. */
export interface ModuleDoc {
  readonly name: string;
  readonly aliases: readonly string[];
  readonly summary: string;
  /** What a rollback does. */
  readonly undo: string;
  readonly freeForm: string | undefined;
  readonly args: readonly ArgumentDoc[];
  readonly examples: readonly { readonly title: string; readonly yaml: string }[];
}

export interface ArgumentDoc {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly default: string | undefined;
  readonly about: string;
}

export function describeModule(module: Module): ModuleDoc {
  const { properties = {}, required = [] } = argumentsOf(module);
  return {
    name: module.name,
    aliases: module.aliases ?? [],
    summary: module.summary,
    undo: module.undo ?? 'A rollback restores what was there before.',
    freeForm: module.freeForm,
    args: Object.entries(properties).map(([name, schema]) => ({
      name,
      type: typeOf(schema),
      required: required.includes(name),
      default: schema.default === undefined ? undefined : JSON.stringify(schema.default),
      about: schema.description ?? '',
    })),
    examples: module.examples.map(({ title, args }) => ({
      title,
      yaml: stringify([{ name: title, [module.name]: args }], { lineWidth: 100 }).trimEnd(),
    })),
  };
}

/** For the terminal. */
export function moduleText(doc: ModuleDoc, style: Style): string {
  const aliases = doc.aliases.length === 0 ? '' : `  (also: ${doc.aliases.join(', ')})`;
  const width = Math.max(0, ...doc.args.map(({ name }) => name.length));
  const args = doc.args.map(({ name, type, about, ...rest }) => {
    const remark = remarkOf(rest);
    const kind = style.quiet(`${type}${remark === '' ? '' : `, ${remark}`}`);
    return `  ${style.strong(name.padEnd(width))}  ${about}${about === '' ? '' : ' '}${style.quiet('(')}${kind}${style.quiet(')')}`;
  });
  const examples = doc.examples.map(({ yaml }) => yaml.replaceAll(/^/gm, '  '));
  return [
    `${style.strong(doc.name)}${aliases}`,
    '',
    doc.summary,
    doc.undo,
    ...(doc.freeForm === undefined ? [] : [`A text instead of arguments is taken as \`${doc.freeForm}\`.`]),
    '',
    ...section('arguments', args, style),
    ...section('examples', examples, style),
  ]
    .join('\n')
    .trimEnd();
}

/** For docs/modules/. */
export function moduleMarkdown(doc: ModuleDoc): string {
  const rows = doc.args.map(
    ({ name, type, about, ...rest }) => `| \`${name}\` | ${cell(type)} | ${remarkOf(rest)} | ${cell(about)} |`,
  );
  return [
    `# ${doc.name}`,
    '',
    doc.summary,
    '',
    ...(doc.aliases.length === 0 ? [] : [`Also known as ${doc.aliases.map((name) => `\`${name}\``).join(', ')}.`, '']),
    ...(doc.freeForm === undefined ? [] : [`A text instead of arguments is taken as \`${doc.freeForm}\`.`, '']),
    `**Rollback.** ${doc.undo}`,
    '',
    ...(rows.length === 0 ? [] : ['| argument | type | | meaning |', '| --- | --- | --- | --- |', ...rows, '']),
    '```yaml',
    ...doc.examples.map(({ yaml }) => yaml),
    '```',
    '',
  ].join('\n');
}

function section(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : [style.strong(title), ...lines, ''];
}

function remarkOf({ required, default: fallback }: Pick<ArgumentDoc, 'required' | 'default'>): string {
  if (required) return 'required';
  return fallback === undefined ? '' : `default ${fallback}`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function typeOf(schema: JsonSchema): string {
  if (schema.enum !== undefined) return schema.enum.map(String).join(' or ');
  if (schema.const !== undefined) return JSON.stringify(schema.const).replaceAll('"', '');
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  if (Array.isArray(schema.type)) return schema.type.map((type: string) => typeOf({ type })).join(' or ');
  switch (schema.type) {
    case 'array':
      return schema.items === undefined ? 'list' : `list of ${typeOf(schema.items)}`;
    case 'object':
      return 'mapping';
    case 'string':
      return 'text';
    case 'integer':
      return 'whole number';
    case 'boolean':
      return 'yes/no';
    case 'number':
    case 'null':
      return schema.type;
    default:
      return 'anything';
  }
}
