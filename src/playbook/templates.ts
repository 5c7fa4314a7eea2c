import { isList, isValues } from '../base/value.ts';
import type { Value } from '../base/value.ts';
import type { YamlPath } from '../base/yaml-source.ts';
import { isTemplate, parseTemplate } from '../template/parse-template.ts';
import type { Written } from './playbook.ts';
import type { Problems } from './problems.ts';

/** A text in a value, with the path to it. */
export interface InnerText {
  readonly text: string;
  readonly path: YamlPath;
}

/** Every text in a value, those in lists and mappings included. */
export function* textsIn(value: Value, path: YamlPath = []): Generator<InnerText> {
  if (typeof value === 'string') yield { text: value, path };
  if (isList(value)) for (const [i, item] of value.entries()) yield* textsIn(item, [...path, i]);
  if (isValues(value)) for (const [name, item] of Object.entries(value)) yield* textsIn(item, [...path, name]);
}

/** Parses every template in a value, so that its mistakes show before any host is touched. Members in `raw` are left alone. */
export function checkTemplates(written: Written, problems: Problems, raw: readonly string[] = []): void {
  for (const { text, path } of textsIn(written.value)) {
    const [first] = path;
    if (!isTemplate(text) || (typeof first === 'string' && raw.includes(first))) continue;
    problems.try(() => parseTemplate(text, written.at(path)));
  }
}
