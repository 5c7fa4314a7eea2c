import type { Emit, RunEvent } from '../base/event.ts';
import type { Redactor } from '../base/redactor.ts';
import type { Journal } from '../journal/journal.ts';
import { fanOut, type Reporter } from '../report/reporter.ts';

export interface Emitter {
  readonly emit: Emit;
  /** Resolves when everything emitted so far is on the disk. Rejects when it cannot be: then nothing may be done. */
  readonly journaled: () => Promise<void>;
}

interface EmitterOptions {
  readonly redactor: Redactor;
  /** Undefined for dry runs, which leave nothing behind. */
  readonly journal: Journal | undefined;
  readonly reporters: readonly Reporter[];
  readonly onBroken: (error: unknown) => void;
}

/** The one way of events: the time is added, secrets are taken out; then the journal, then whoever shows them. */
export function makeEmitter({ redactor, journal, reporters, onBroken }: EmitterOptions): Emitter {
  const show = fanOut(reporters, onBroken);
  let broken: Error | undefined;
  return {
    emit(event) {
      const stored: RunEvent = redactor.data({ ...event, time: new Date().toISOString() });
      try {
        if (broken === undefined) journal?.append(stored);
      } catch (error) {
        broken = error instanceof Error ? error : new Error(String(error));
      }
      show(stored);
    },
    async journaled() {
      if (broken !== undefined) throw broken;
      await journal?.synced();
    },
  };
}
