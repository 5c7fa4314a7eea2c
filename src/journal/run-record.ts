import type { Connection } from '../base/connection.ts';
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
  /** How each host was reached, without passwords: a rollback finds it even when the inventory has changed. */
  readonly connections: Readonly<Record<string, RecordedConnection>>;
  readonly cwd: string;
  /** ISO 8601. */
  readonly started: string;
  readonly controller: { readonly pid: number; readonly hostname: string };
}

/** A connection as it may be stored. */
export type RecordedConnection = Omit<Connection, 'password' | 'privateKeyPassphrase' | 'become'> & {
  readonly become: Omit<Connection['become'], 'password'>;
};

/** A file of ours, checked as far as reading it needs. */
export function isRunRecord(value: unknown): value is RunRecord {
  if (typeof value !== 'object' || value === null || !('format' in value) || value.format !== 1) return false;
  const members = new Map<string, unknown>(Object.entries(value));
  return (
    ['id', 'version', 'mode', 'cwd', 'started'].every((name) => typeof members.get(name) === 'string') &&
    ['playbooks', 'inventories', 'hosts'].every((name) => Array.isArray(members.get(name))) &&
    ['connections', 'controller'].every((name) => typeof members.get(name) === 'object')
  );
}
