import type { Diagnostic, Span } from './diagnostic.ts';

/** Every code a user can meet, with the exit code of design.md section 9. docs/errors.md is generated from this table. */
export const errorCodes = {
  usage: { exitCode: 2, meaning: 'the command line is wrong' },
  config: { exitCode: 3, meaning: 'a playbook, inventory, template or plan is wrong; nothing was touched' },
  unreachable: { exitCode: 4, meaning: 'a host could not be reached or refused us' },
  'task-failed': { exitCode: 5, meaning: 'a task failed on a host' },
  'rollback-failed': { exitCode: 6, meaning: 'a change could not be taken back; a person must look' },
  locked: { exitCode: 7, meaning: 'a host takes part in another run' },
  stale: { exitCode: 7, meaning: 'a saved plan no longer fits: what it rests on has changed since' },
  internal: { exitCode: 70, meaning: 'a bug in k3sbox' },
  interrupted: { exitCode: 130, meaning: 'stopped by a signal' },
} as const satisfies Record<string, { exitCode: number; meaning: string }>;

export type ErrorCode = keyof typeof errorCodes;

interface Extra {
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** The root of every error k3sbox throws on purpose. Anything else is a bug. */
export abstract class K3sboxError extends Error {
  abstract readonly code: ErrorCode;
  /** What the reader should do next, as an imperative sentence. */
  readonly hint: string | undefined;

  constructor(message: string, { hint, cause }: Extra = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.name;
    this.hint = hint;
  }
}

export class UsageError extends K3sboxError {
  readonly code = 'usage';
}

/** Carries every problem found in what the user wrote, not the first one. */
export class ConfigError extends K3sboxError {
  readonly code = 'config';
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    super(diagnostics.length === 1 ? (diagnostics[0]?.message ?? '') : `${diagnostics.length} problems`);
    this.diagnostics = diagnostics;
  }

  /** One problem at one place. */
  static at(span: Span, message: string, hint?: string): ConfigError {
    return new ConfigError([{ severity: 'error', message, span, ...(hint !== undefined && { hint }) }]);
  }
}

/** The connection could not be made, was refused, or was lost: nobody knows what became of what ran. */
export class UnreachableError extends K3sboxError {
  readonly code = 'unreachable';
}

/** A task did not do what it was to do. `output` is the last of what the host printed, already sanitised. */
export class TaskFailedError extends K3sboxError {
  readonly code = 'task-failed';
  readonly output: string | undefined;

  constructor(message: string, extra: Extra & { readonly output?: string | undefined } = {}) {
    super(message, extra);
    this.output = extra.output;
  }
}

export class RollbackFailedError extends K3sboxError {
  readonly code = 'rollback-failed';
}

/** Another run holds the host. */
export class LockedError extends K3sboxError {
  readonly code = 'locked';
}

/** What a saved plan rests on has changed: the host, the playbook, the inventory or k3sbox itself. */
export class StaleError extends K3sboxError {
  readonly code = 'stale';
}

export class InterruptedError extends K3sboxError {
  readonly code = 'interrupted';
}

export class InternalError extends K3sboxError {
  readonly code = 'internal';
}

/** Wraps whatever was thrown, once, at the edge of a host's run. */
export function toK3sboxError(thrown: unknown): K3sboxError {
  if (thrown instanceof K3sboxError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new InternalError(message, {
    cause: thrown,
    hint: 'This is a bug in k3sbox: please report it with the folder of the run.',
  });
}
