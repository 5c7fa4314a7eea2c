import { z } from 'zod';

import { sha256Hex } from '../base/digest.ts';
import { ConfigError, StaleError } from '../base/errors.ts';
import { isValues, type Value, type Values } from '../base/value.ts';
import { parseYaml } from '../base/yaml-source.ts';
import { zodDiagnostics } from '../base/zod-diagnostics.ts';

/** Of the file. A change that an older k3sbox cannot read, or would misread, makes it the next number. */
const savedPlanFormat = 1;

const digest = z
  .string()
  .regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits')
  .describe('Half of an HMAC-SHA-256 with the salt of the plan as its key.');

const SavedStep = z.strictObject({
  say: z.string().describe('What is done.'),
  reversible: z.boolean().describe('Whether a rollback takes it back.'),
  diff: z
    .strictObject({ of: z.string(), before: z.string(), after: z.string() })
    .optional()
    .describe('What it changes, as whole texts without secrets.'),
  digest: digest
    .optional()
    .describe('Of all that is done. Missing where that depends on the moment: fetching lists of packages.'),
  sentence: digest
    .optional()
    .describe('Of what it says it does: that is what counts behind commands that may have changed anything.'),
});

const SavedRead = z.strictObject({
  of: z.string().describe('What was looked at: a path, "unit ssh.service", "package rsync", a command.'),
  digest: digest.describe('Of the answer.'),
});

const SavedTask = z.strictObject({
  id: z.string().describe('Its stable name in the playbook.'),
  name: z.string(),
  at: z.string().optional().describe('Where it is written: file:line:column.'),
  module: z.string(),
  action: z.enum(['none', 'change', 'unknown', 'skip']).describe('`unknown` is known after apply.'),
  note: z.string().optional().describe('Why it is not known, or what the plan rests on.'),
  steps: z.array(SavedStep),
  reads: z.array(SavedRead).describe('What the plan of the task rests on.'),
});

const SavedHost = z.strictObject({
  reached: z
    .record(z.string(), z.union([z.string(), z.number()]))
    .describe('How it was reached: transport, address, port, user, whom it becomes, jump hosts.'),
  tasks: z.array(SavedTask).describe('Every task of the host, in order.'),
  error: z
    .strictObject({ code: z.string(), message: z.string() })
    .optional()
    .describe('Why there is no whole plan for the host. It is refused.'),
});

/** A file that `plan -o` writes and `apply` carries out. `k3sbox schema plan` prints this. */
export const SavedPlan = z.strictObject({
  format: z.literal(savedPlanFormat),
  k3sbox: z.string().describe('The version that made it.'),
  made: z.iso.datetime().describe('When.'),
  cwd: z.string().describe('The working folder; files below it are named relative to it.'),
  playbooks: z.array(z.string()).min(1),
  inventories: z.array(z.string()).describe('As given with -i.'),
  selection: z.strictObject({
    limit: z.string().optional(),
    tags: z.array(z.string()).optional(),
    skipTags: z.array(z.string()).optional(),
    startAt: z.string().optional(),
  }),
  connection: z
    .strictObject({
      user: z.string().optional(),
      privateKey: z.string().optional(),
      become: z.boolean().optional(),
      becomeUser: z.string().optional(),
      hostKeyPolicy: z.enum(['strict', 'accept-new', 'off']).optional(),
    })
    .describe('The flags about logging in that were given; those of `apply` win.'),
  extraVars: z.record(z.string(), z.json()).describe('What was given with -e, without secrets.'),
  withheld: z
    .array(z.string())
    .describe('Names of extra variables that hold secrets: `apply` must be given them again.'),
  salt: z
    .string()
    .regex(/^[0-9a-f]{32}$/)
    .describe('Random, of this plan alone: equal digests in two plans say nothing.'),
  sources: z.record(z.string(), digest).describe('Every file that was read on the controller.'),
  hosts: z.record(z.string(), SavedHost),
  sum: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .describe('SHA-256 of all the rest as JSON with sorted names: a plan is made, not edited.'),
});

export type SavedPlan = z.output<typeof SavedPlan>;
export type SavedHost = z.output<typeof SavedHost>;
export type SavedTask = z.output<typeof SavedTask>;
export type SavedStep = z.output<typeof SavedStep>;
export type SavedRead = z.output<typeof SavedRead>;

/** The text of a plan file. */
export function renderSavedPlan(
  plan: Omit<SavedPlan, 'format' | 'sum' | 'extraVars'> & { readonly extraVars: Values },
): string {
  const { k3sbox, made, cwd, ...rest } = plan;
  const whole = { format: savedPlanFormat, k3sbox, made, cwd, ...rest };
  return `${JSON.stringify({ ...whole, sum: sumOf(whole) }, undefined, 1)}\n`;
}

/**
 * Reads the text of a plan file. `file` is its name in messages.
 * @throws ConfigError when it is no plan, or was changed by hand; StaleError when another version of k3sbox made it
 */
export function parseSavedPlan(text: string, file: string, version: string): SavedPlan {
  const value = parseJson(text, file);
  if (!isValues(value) || typeof value['format'] !== 'number' || typeof value['k3sbox'] !== 'string') {
    throw ConfigError.at(start(file), 'this is no plan', 'Make one with `k3sbox plan PLAYBOOK -i INVENTORY -o FILE`.');
  }
  if (value['format'] !== savedPlanFormat || value['k3sbox'] !== version) {
    throw new StaleError(`the plan ${file} was made by k3sbox ${value['k3sbox']}, and this is ${version}`, {
      hint: 'Make the plan again with this version, or apply it with the other one.',
    });
  }
  const parsed = SavedPlan.safeParse(value);
  if (!parsed.success) {
    const places = parseYaml(text, file);
    throw new ConfigError(zodDiagnostics(parsed.error, { places, value, schema: SavedPlan }));
  }
  const { sum, ...rest } = value;
  if (sum !== sumOf(rest)) {
    throw ConfigError.at(start(file), 'the plan was changed after it was made', 'Change the playbook, and plan again.');
  }
  return parsed.data;
}

function parseJson(text: string, file: string): Value {
  try {
    // JSON.parse gives nothing else.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return JSON.parse(text) as Value;
  } catch (error) {
    // YAML is a superset of JSON, and its reader tells where.
    const found = parseYaml(text, file).diagnostics.filter(({ severity }) => severity === 'error');
    if (found.length > 0) throw new ConfigError(found);
    throw ConfigError.at(start(file), `this is no plan: ${error instanceof Error ? error.message : 'no JSON'}`);
  }
}

function start(file: string) {
  return { file, line: 1, column: 1, length: 1 };
}

/** Independent of the order in which members were written. */
function sumOf(data: unknown): string {
  return sha256Hex(JSON.stringify(data, (_name, value: unknown) => withSortedNames(value)));
}

function withSortedNames(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}
