import type { HostStatus, HostSummary, TaskStatus } from '../base/event.ts';
import type { ErrorCode, K3sboxError } from '../base/errors.ts';

/** What the run did to one host, over all its plays. */
export class HostTally {
  readonly host: string;
  /** Set once: the host takes no further part. */
  error: K3sboxError | undefined;
  /** A play ended the host's part early and in good order (`meta: end_host`). */
  ended = false;
  /** It cannot be reached, and that is no failure (`ignore_unreachable`). */
  isAway = false;
  /** A rollback was refused before anything was done. */
  isUntouched = false;
  #counts = { ok: 0, changed: 0, skipped: 0, failed: 0, undone: 0 };
  #rollback: 'none' | 'done' | 'failed' = 'none';
  #seen = false;

  /** `error`: why it takes no part from the beginning. */
  constructor(host: string, error?: K3sboxError) {
    this.host = host;
    this.error = error;
  }

  get isOut(): boolean {
    return this.error !== undefined || this.ended || this.isAway;
  }

  /** Ansible counts a changed task as ok, too. */
  count(status: TaskStatus): void {
    this.#seen = true;
    if (status === 'ok' || status === 'changed' || status === 'ignored') this.#counts.ok++;
    if (status === 'changed') this.#counts.changed++;
    if (status === 'skipped') this.#counts.skipped++;
    if (status === 'failed' || status === 'unreachable') this.#counts.failed++;
  }

  /** A block has dealt with the failure of one of its tasks. */
  rescued(): void {
    this.#counts.failed--;
  }

  takeBack({ undone, failed }: { readonly undone: number; readonly failed: number }): void {
    this.#counts.undone += undone;
    if (failed > 0) this.#rollback = 'failed';
    else if (this.#rollback === 'none') this.#rollback = 'done';
  }

  /** There was nothing to take back. */
  isAsBefore(): void {
    this.#seen = true;
  }

  get summary(): HostSummary {
    return { status: this.#status(), ...this.#counts };
  }

  #status(): HostStatus {
    if (this.#rollback === 'failed') return 'rollback-failed';
    if (this.#rollback === 'done') return 'rolled-back';
    if (this.error?.code === 'unreachable' || this.isAway) return 'unreachable';
    if (this.error !== undefined) return 'failed';
    return this.#seen ? 'ok' : 'skipped';
  }
}

/** Gravest first: a host that a saved plan no longer fits was not touched. A host that was interrupted in a run that was not was stopped because another one failed. */
const exitCodes: readonly (readonly [ErrorCode, number])[] = [
  ['internal', 70],
  ['config', 3],
  ['usage', 2],
  ['locked', 7],
  ['task-failed', 5],
  ['interrupted', 5],
  ['unreachable', 4],
  ['stale', 7],
];

/** The exit code of a run: the gravest of its hosts' (design.md section 9). */
export function exitCodeOf(tallies: readonly HostTally[], interrupted: boolean): number {
  const codes = new Set(tallies.flatMap(({ error }) => error?.code ?? []));
  if (codes.has('rollback-failed') || tallies.some(({ summary }) => summary.status === 'rollback-failed')) return 6;
  if (interrupted) return 130;
  return exitCodes.find(([code]) => codes.has(code))?.[1] ?? 0;
}
