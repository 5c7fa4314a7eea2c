import type { Value } from '../base/value.ts';

/** What names mean at one point of a template: the item of an `#each`, with the frames around it. The outermost has no context: there, names are variables. */
export interface Frame {
  readonly parent: Frame | undefined;
  readonly context: Value | undefined;
  /** `@index`, `@key`, `@first`, `@last`. */
  readonly data: { readonly index?: Value; readonly key?: Value; readonly first?: boolean; readonly last?: boolean };
  /** The names of `as |item index|`. */
  readonly locals: ReadonlyMap<string, Value>;
}

export const rootFrame: Frame = { parent: undefined, context: undefined, data: {}, locals: new Map() };

/** The frame that many `../` above; undefined when there are not so many. */
export function frameAbove(frame: Frame, depth: number): Frame | undefined {
  let found: Frame | undefined = frame;
  for (let i = 0; i < depth; i++) found = found?.parent;
  return found;
}

/** The nearest frame that gives the name to a block parameter. */
export function frameWithLocal(frame: Frame, name: string): Frame | undefined {
  let found: Frame | undefined = frame;
  while (found !== undefined && !found.locals.has(name)) found = found.parent;
  return found;
}
