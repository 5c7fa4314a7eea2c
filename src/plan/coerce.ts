import type { z } from 'zod';

import { readBoolean } from '../base/read-boolean.ts';
import { isList, isValues } from '../base/value.ts';
import type { Value } from '../base/value.ts';
import { member, unwrap } from '../base/zod-keys.ts';

/**
 * Turns what users write into what a schema wants, where it does not fit as it is: "yes" for a boolean, "80" for a number,
 * 80 for a text, one value for a list of one. Everything else stays, for the schema to complain about.
 */
export function coerce(value: Value, schema: z.ZodType): Value {
  if (schema.safeParse(value).success) return value;
  const kinds = unwrap(schema);
  if (isList(value)) return value.map((item, i) => coerceMember(item, i, kinds));
  if (isValues(value) && kinds.some(({ def }) => def.type === 'object' || def.type === 'record')) {
    const entries = Object.entries(value).map(([name, one]) => [name, coerceMember(one, name, kinds)] as const);
    return Object.assign(Object.create(null), Object.fromEntries(entries));
  }
  const candidates = [...kinds.map((kind) => scalarFor(value, kind)), [coerceMember(value, 0, kinds)]];
  return candidates.find((one) => one !== undefined && schema.safeParse(one).success) ?? value;
}

function coerceMember(value: Value, step: string | number, kinds: readonly z.ZodType[]): Value {
  const [schema] = kinds.flatMap((kind) => member(kind, step));
  return schema === undefined ? value : coerce(value, schema);
}

function scalarFor(value: Value, kind: z.ZodType): Value | undefined {
  switch (kind.def.type) {
    case 'boolean':
      return readBoolean(value);
    case 'number':
      return typeof value === 'string' && /^\s*[-+]?\d+(\.\d+)?\s*$/.test(value) ? Number(value) : undefined;
    case 'string':
    case 'enum':
    case 'literal':
      return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
    default:
      return undefined;
  }
}
