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

/** A list's item or a mapping's own member; undefined when there is none, as for every member of a scalar. */
export function memberOf(value: Value, step: string | number): Value | undefined {
  if (isList(value)) return typeof step === 'number' || /^\d+$/.test(step) ? value[Number(step)] : undefined;
  return isValues(value) && Object.hasOwn(value, step) ? value[step] : undefined;
}
