import type { z } from 'zod';

import type { YamlPath } from './yaml-source.ts';

type Schema = z.ZodType;

/** The keys a schema knows at a path, through wrappers, lists and the branches of unions. */
export function knownKeys(schema: Schema, path: YamlPath): readonly string[] {
  let level: readonly Schema[] = unwrap(schema);
  for (const step of path) level = level.flatMap((inner) => member(inner, step)).flatMap((inner) => unwrap(inner));
  return [...new Set(level.flatMap((inner) => Object.keys(shapeOf(inner) ?? {})))];
}

/** What zod 4 shows of its schemas; which members there are depends on the kind. */
interface Definition {
  readonly type: string;
  readonly innerType?: Schema;
  readonly in?: Schema;
  readonly options?: readonly Schema[];
  readonly getter?: () => Schema;
  readonly shape?: Readonly<Record<string, Schema>>;
  readonly element?: Schema;
  readonly valueType?: Schema;
  readonly left?: Schema;
  readonly right?: Schema;
}

function definition(schema: Schema): Definition {
  return schema.def;
}

/** The schemas that a value may be checked with, through wrappers and unions. */
export function unwrap(schema: Schema): readonly Schema[] {
  const { innerType, in: input, options, getter, left, right } = definition(schema);
  const inner = [innerType, input, getter?.(), left, right, ...(options ?? [])].filter((one) => one !== undefined);
  return inner.length === 0 ? [schema] : inner.flatMap((one) => unwrap(one));
}

function shapeOf(schema: Schema): Readonly<Record<string, Schema>> | undefined {
  return definition(schema).shape;
}

/** The schemas of a member of a mapping, or of the items of a list, for a schema that {@link unwrap} gave. */
export function member(schema: Schema, step: string | number): readonly Schema[] {
  const { shape, element, valueType } = definition(schema);
  const found = typeof step === 'number' ? element : (shape?.[step] ?? valueType);
  return found === undefined ? [] : [found];
}
