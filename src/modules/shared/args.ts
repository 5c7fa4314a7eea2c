import { z } from 'zod';

import { isMode } from './modes.ts';

/** A path on the host: absolute, or below a home folder (`~`, `~user`). */
export function hostPath(description: string) {
  return z
    .string()
    .regex(/^[/~][^\0\n]*$/, 'must be an absolute path on the host (or start with ~), in one line')
    .describe(description);
}

/** The name by which a RuntimeClass names an OCI runtime, as Kubernetes allows it. */
export function handlerName() {
  return z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be small letters, digits and dashes')
    .describe('Name of the handler, as a RuntimeClass names it.');
}

/** Text, or a number that stands for it: `version: 3`, `owner: 1000`. */
export function textual(description: string) {
  return z.union([z.string(), z.number()]).transform(String).describe(description);
}

/** A whole number, also when a variable holds it as text. */
export function wholeNumber(description: string, { min = 0 }: { readonly min?: number } = {}) {
  return z
    .union([z.int().min(min), z.string().regex(/^\d+$/, 'must be a whole number')])
    .transform(Number)
    .describe(description);
}

/** Seconds, whole or not, also when a variable holds them as text. */
export function seconds(description: string) {
  return z
    .union([z.number().min(0), z.string().regex(/^\d+(\.\d+)?$/, 'must be a number of seconds')])
    .transform(Number)
    .describe(description);
}

/** A list, or text with commas, as a list of words. */
export function wordList(description: string) {
  return z
    .union([z.string(), z.array(z.union([z.string(), z.number()]))])
    .transform((value) => (typeof value === 'string' ? value.split(',') : value.map(String)).map((word) => word.trim()))
    .transform((list) => list.filter((word) => word !== ''))
    .describe(description);
}

/** Yes or no. */
export function flag(description: string) {
  return z.boolean().optional().describe(description);
}

const account = z
  .union([z.string().regex(/^[^:\s\0]+$/, 'must be a name or a number'), z.int().min(0)])
  .transform(String);

/** An octal or symbolic mode, kept as text; `words` are allowed, too. */
export function mode(description: string, ...words: readonly string[]) {
  return z
    .union([z.string(), z.int()])
    .transform(String)
    .refine(
      (text) => isMode(text) || words.includes(text),
      'must be octal digits in quotes ("0644") or symbolic ("u=rw,go=r")',
    )
    .describe(description);
}

/** `mode`, `owner` and `group`, for every module that leaves files behind. */
export const rights = {
  mode: mode('Permissions: octal in quotes ("0644") or symbolic ("u=rw,go=r").').optional(),
  owner: account.optional().describe('Name or number of the owner.'),
  group: account.optional().describe('Name or number of the group.'),
};

/** The arguments in {@link rights}, checked. */
export interface Rights {
  readonly mode?: string | undefined;
  readonly owner?: string | undefined;
  readonly group?: string | undefined;
}

/** `backup`, which every module with files accepts. */
export const backup = flag('Accepted and not needed: whatever is replaced is kept in the undo log.');

/** `validate`, for the modules that write files. */
export const validate = z
  .string()
  .includes('%s', { error: 'must contain %s, which stands for the new file' })
  .optional()
  .describe('Command that must succeed before the new file is used; %s stands for it.');

/** Complains unless exactly one of the names is given: they mean the same. */
export function oneOf(
  args: Readonly<Record<string, unknown>>,
  names: readonly string[],
  context: z.RefinementCtx,
): void {
  const given = names.filter((name) => args[name] !== undefined);
  if (given.length === 1) return;
  const [first = ''] = names;
  const message = given.length === 0 ? `needs \`${first}\`` : `is the same as \`${given[0]}\`: give one of them`;
  context.addIssue({ code: 'custom', path: [given[1] ?? first], message });
}

/** Complains when more than one of the names is given: they contradict each other. */
export function atMostOneOf(
  args: Readonly<Record<string, unknown>>,
  names: readonly string[],
  context: z.RefinementCtx,
): void {
  const [first, second] = names.filter((name) => args[name] !== undefined);
  if (second === undefined) return;
  context.addIssue({ code: 'custom', path: [second], message: `cannot be used together with \`${first}\`` });
}

/** The first that is given. For aliases after {@link oneOf}, which has seen that there is one. */
export function firstOf<T>(...values: readonly (T | undefined)[]): T {
  const found = values.find((value) => value !== undefined);
  if (found === undefined) throw new Error('none of the aliases is given');
  return found;
}
