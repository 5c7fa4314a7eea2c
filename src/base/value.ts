/** Plain data: what YAML, JSON, variables, facts and results are made of. */
export type Value = null | boolean | number | string | readonly Value[] | Values;

/** Plain data by name. Built without a prototype wherever names come from outside. */
export interface Values {
  readonly [name: string]: Value;
}

/** True for a mapping, false for lists and scalars. */
export function isValues(value: Value | undefined): value is Values {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Narrows to a list; `Array.isArray` alone does not know read-only arrays. */
export function isList(value: Value | undefined): value is readonly Value[] {
  return Array.isArray(value);
}
