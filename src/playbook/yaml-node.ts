import type { Located, Span } from '../base/diagnostic.ts';
import type { Value } from '../base/value.ts';
import { isList, isValues } from '../base/value.ts';
import type { YamlPath, YamlSource } from '../base/yaml-source.ts';
import type { Written } from './playbook.ts';

/** A place in a YAML file and the value that stands there. */
export interface YamlNode {
  readonly source: YamlSource;
  readonly path: YamlPath;
  readonly value: Value;
}

export function rootOf(source: YamlSource): YamlNode {
  return { source, path: [], value: source.value };
}

export function spanOf({ source, path }: YamlNode): Span {
  return source.spanAt(path);
}

/** The place of its key; of the value itself in a list. */
export function keySpanOf({ source, path }: YamlNode): Span {
  return source.keySpanAt(path);
}

/** The members of a mapping, in order; none for other values. */
export function entriesOf(node: YamlNode): readonly (readonly [name: string, node: YamlNode])[] {
  if (!isValues(node.value)) return [];
  return Object.entries(node.value).map(([name, value]) => [name, { ...node, path: [...node.path, name], value }]);
}

/** A member of a mapping, undefined when it is not there. */
export function memberOf(node: YamlNode, name: string): YamlNode | undefined {
  const value = isValues(node.value) ? node.value[name] : undefined;
  return value === undefined ? undefined : { ...node, path: [...node.path, name], value };
}

/** The items of a list; none for other values. */
export function itemsOf(node: YamlNode): readonly YamlNode[] {
  if (!isList(node.value)) return [];
  return node.value.map((value, i) => ({ ...node, path: [...node.path, i], value }));
}

export function located<T>(value: T, node: YamlNode): Located<T> {
  return { value, span: spanOf(node) };
}

export function written(node: YamlNode): Written {
  const { source, path, value } = node;
  return {
    value,
    span: spanOf(node),
    at: (inner) => source.spanAt([...path, ...inner]),
    keyAt: (inner) => source.keySpanAt([...path, ...inner]),
  };
}

/** A value as a word of a message. */
export function textOf(value: Value): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** "a list", "`5`": how a value is called in messages. */
export function kindOf(value: Value): string {
  if (value === null) return 'empty';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'number' || typeof value === 'boolean') return `\`${String(value)}\``;
  return isList(value) ? 'a list' : 'a mapping';
}
