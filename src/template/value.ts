import type { Origin } from '../base/origin.ts';
import { isList } from '../base/value.ts';
import type { Value } from '../base/value.ts';
import { ConfigError } from '../base/errors.ts';
import type { Diagnostic } from '../base/diagnostic.ts';
import { mappingOf } from './helper.ts';
import { isTemplate } from './parse-template.ts';
import { renderNative } from './render.ts';
import type { Scope } from './scope.ts';

/** A value as somebody wrote it, templates unrendered, with the place of every part. */
export interface Written {
  readonly value: Value;
  /** The place of a part: `at(['args', 'dest'])`; the nearest parent's when the part has none. */
  readonly at: (path: readonly (string | number)[]) => Origin;
}

/**
 * Renders every text in a value; a text that is exactly one `{{expression}}` becomes that expression's value, so lists stay
 * lists and numbers numbers. Names of members are not rendered.
 * @throws ConfigError with the problems of all texts
 */
export function renderWritten({ value, at }: Written, scope: Scope): Value {
  if (!hasTemplates(value)) return value;
  const problems: Diagnostic[] = [];
  const rendered = render(value, [], at, scope, problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return rendered;
}

/** {@link renderWritten} for a value of which only one place is known. */
export function renderValue(value: Value, scope: Scope, at: Origin): Value {
  return renderWritten({ value, at: () => at }, scope);
}

const plainness = new WeakMap<object, boolean>();

/** True when some text in the value must be rendered; known at once for values seen before. */
export function hasTemplates(value: Value): boolean {
  if (typeof value === 'string') return isTemplate(value);
  if (typeof value !== 'object' || value === null) return false;
  const known = plainness.get(value);
  if (known !== undefined) return known;
  const found = Object.values(value).some((one) => hasTemplates(one));
  plainness.set(value, found);
  return found;
}

type Path = readonly (string | number)[];

function render(value: Value, path: Path, at: Written['at'], scope: Scope, problems: Diagnostic[]): Value {
  if (!hasTemplates(value)) return value;
  if (typeof value === 'string') {
    try {
      return renderNative(value, scope, at(path));
    } catch (error) {
      if (!(error instanceof ConfigError)) throw error;
      problems.push(...error.diagnostics);
      return null;
    }
  }
  if (typeof value !== 'object' || value === null) return value;
  if (isList(value)) return value.map((item, i) => render(item, [...path, i], at, scope, problems));
  return mappingOf(
    Object.entries(value).map(([name, one]) => [name, render(one, [...path, name], at, scope, problems)]),
  );
}
