import * as z from 'zod';

import { UsageError } from '../base/errors.ts';
import type { Values } from '../base/value.ts';
import type { RunRecord } from '../journal/run-record.ts';
import type { ConnectionOptions, SelectionOptions } from './options.ts';

/** What a run was asked for beside its playbooks and inventories, as `run.json` keeps it: enough to go on with it. */
const recordedOptions = z
  .object({
    limit: z.string(),
    tags: z.array(z.string()),
    skipTags: z.array(z.string()),
    startAt: z.string(),
    forks: z.number().int().positive(),
    user: z.string(),
    privateKey: z.string(),
    become: z.boolean(),
    becomeUser: z.string(),
    hostKeyPolicy: z.enum(['strict', 'accept-new', 'off']),
    rollback: z.boolean(),
    diff: z.boolean(),
  })
  .partial();

type Defined<T> = { readonly [Name in keyof T]: Exclude<T[Name], undefined> };

export type RecordedOptions = Defined<z.infer<typeof recordedOptions>>;

interface RecordableOptions extends ConnectionOptions, SelectionOptions {
  readonly rollback?: boolean;
  readonly diff?: boolean;
}

/** The options that were given, by the names that commander gives them. */
export function optionsToRecord(options: RecordableOptions): Values {
  const { limit, tags, skipTags, startAt, forks, user, privateKey, become, becomeUser, hostKeyPolicy } = options;
  const { rollback, diff } = options;
  const given = { limit, tags, skipTags, startAt, forks, user, privateKey, become, becomeUser, hostKeyPolicy };
  return Object.fromEntries(
    Object.entries({ ...given, rollback, diff }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  );
}

/** @throws UsageError for a record that another version of k3sbox has written */
export function optionsOf({ id, options }: RunRecord): RecordedOptions {
  const read = recordedOptions.safeParse(options);
  // JSON holds no undefined: a member is there or it is not, which zod's type cannot say.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  if (read.success) return read.data as RecordedOptions;
  throw new UsageError(`the options of run ${id} cannot be read: ${z.prettifyError(read.error)}`);
}
