import type { z } from 'zod';

import { TaskFailedError } from '../../base/errors.ts';

/** JSON that a host printed, in the shape that is expected; undefined when it is anything else. */
export function tryHostJson<Schema extends z.ZodType>(text: string, schema: Schema): z.output<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** {@link tryHostJson} for what must be there. @throws TaskFailedError naming the command */
export function hostJson<Schema extends z.ZodType>(text: string, schema: Schema, command: string): z.output<Schema> {
  const value = tryHostJson(text, schema);
  if (value !== undefined) return value;
  throw new TaskFailedError(`\`${command}\` printed something else than expected`, { output: text.slice(0, 500) });
}
