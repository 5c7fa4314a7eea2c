import type { Values } from '../base/value.ts';

/** What `run.json` holds: how a run was asked for. No secrets: extra variables come redacted. */
export interface RunRecord {
  /** Of this file and of the events beside it. */
  readonly format: 1;
  readonly id: string;
  /** Of k3sbox. */
  readonly version: string;
  readonly mode: 'run' | 'check' | 'plan';
  readonly playbooks: readonly string[];
  /** As given on the command line. */
  readonly inventories: readonly string[];
  /** The other options that were given, by their long names. */
  readonly options: Values;
  readonly extraVars: Values;
  readonly hosts: readonly string[];
  readonly cwd: string;
  /** ISO 8601. */
  readonly started: string;
  readonly controller: { readonly pid: number; readonly hostname: string };
}

/** A file of ours, checked as far as reading it needs. */
export function isRunRecord(value: unknown): value is RunRecord {
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== 1) return false;
  const lists = ['playbooks', 'inventories', 'hosts'].map((name) =>
    Object.entries(value).find(([key]) => key === name),
  );
  return (
    ['id', 'version', 'mode', 'cwd', 'started'].every((name) => typeof Reflect.get(value, name) === 'string') &&
    lists.every((entry) => Array.isArray(entry?.[1])) &&
    typeof Reflect.get(value, 'controller') === 'object'
  );
}
