import type { ErrorData, RunEvent } from '../../base/event.ts';
import type { Diff } from '../../base/op.ts';
import type { Deadman, Rollback } from './run-report.ts';

/** A step that was taken back, or could not be. */
export interface Undo {
  readonly say: string;
  readonly error?: ErrorData;
  /** What somebody has made of it since. */
  readonly diff?: Diff;
}

/** Gathers how hosts went back: by our hand, or by the timer on the host itself. */
export class RollbackLog {
  readonly rollbacks: Rollback[] = [];
  readonly deadmen: Deadman[] = [];
  readonly #undone = new Map<string, Map<string, Undo>>();
  readonly #open = new Map<string, number>();
  readonly #hostIndex: (host: string) => number;

  constructor(hostIndex: (host: string) => number) {
    this.#hostIndex = hostIndex;
  }

  note(event: RunEvent, { phase, nowMs }: { readonly phase: number; readonly nowMs: number }): void {
    switch (event.type) {
      case 'rollback-started':
        this.#open.set(event.host, nowMs);
        break;
      case 'undo-done':
        if (event.planned === undefined) this.#noteUndo(event);
        break;
      case 'rollback-ended': {
        const startMs = this.#open.get(event.host) ?? nowMs;
        this.#open.delete(event.host);
        const { undone, failed } = event;
        this.rollbacks.push([this.#hostIndex(event.host), phase, startMs, nowMs - startMs, undone, failed]);
        break;
      }
      case 'deadman-armed':
        this.deadmen.push([this.#hostIndex(event.host), phase, nowMs, 'armed']);
        break;
      case 'deadman-confirmed':
        this.deadmen.push([this.#hostIndex(event.host), phase, nowMs, 'confirmed']);
        break;
      case 'deadman-fired':
        this.deadmen.push([this.#hostIndex(event.host), phase, nowMs, 'fired']);
        break;
      default:
    }
  }

  #noteUndo({ host, on = host, as = '', step, say, error, diff }: Extract<RunEvent, { type: 'undo-done' }>): void {
    const undone = this.#undone.get(host) ?? new Map<string, Undo>();
    this.#undone.set(host, undone);
    const key = `${on}\0${as}\0${step}`;
    // Tried again, it stands where it was done at last.
    undone.delete(key);
    undone.set(key, { say, ...(error && { error }), ...(diff && { diff }) });
  }

  /** What was taken back on a host, in that order. */
  undoneOn(host: string): readonly Undo[] {
    return [...(this.#undone.get(host)?.values() ?? [])];
  }
}
