import type { Emit, RunEvent } from '../base/event.ts';
import type { RedactingStream, Redactor } from '../base/redactor.ts';
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
  readonly journal: Pick<Journal, 'append' | 'synced'> | undefined;
  readonly reporters: readonly Reporter[];
  /** Hears of a reporter that threw, and of a journal that cannot be written; each once. */
  readonly onBroken: (error: unknown) => void;
}

/** The one way of events: the time is added, secrets are taken out; then the journal, then whoever shows them. */
export function makeEmitter({ redactor, journal, reporters, onBroken }: EmitterOptions): Emitter {
  const show = fanOut(reporters, onBroken);
  const outputs = new OutputRedactor(redactor);
  let broken: Error | undefined;
  const pass = (event: RunEvent): void => {
    const stored: RunEvent = redactor.data({ ...event, time: new Date().toISOString() });
    try {
      if (broken === undefined) journal?.append(stored);
    } catch (error) {
      broken = error instanceof Error ? error : new Error(String(error));
      onBroken(broken);
    }
    show(stored);
  };
  return {
    emit(event) {
      for (const each of outputs.redact(event)) pass(each);
    },
    async journaled() {
      if (broken !== undefined) throw broken;
      await journal?.synced();
    },
  };
}

type Output = Extract<RunEvent, { type: 'task-output' }>;

/** Output comes in pieces, and a secret may be cut by their borders: what may be the start of one waits for the next piece. */
class OutputRedactor {
  readonly #redactor: Redactor;
  readonly #open = new Map<string, { readonly last: Output; readonly stream: RedactingStream }>();

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
  }

  /** The events to pass on instead of this one. */
  redact(event: RunEvent): readonly RunEvent[] {
    if (event.type === 'task-ended') return [...this.#rest(event, 'stdout'), ...this.#rest(event, 'stderr'), event];
    if (event.type !== 'task-output') return [event];
    const key = keyOf(event, event.stream);
    const stream = this.#open.get(key)?.stream ?? this.#redactor.stream();
    this.#open.set(key, { last: event, stream });
    return withText(event, stream.push(event.text));
  }

  #rest(event: { readonly host: string; readonly id: string }, name: Output['stream']): readonly RunEvent[] {
    const key = keyOf(event, name);
    const open = this.#open.get(key);
    this.#open.delete(key);
    return open === undefined ? [] : withText(open.last, open.stream.end());
  }
}

function keyOf({ host, id }: { readonly host: string; readonly id: string }, stream: string): string {
  return `${host}\0${id}\0${stream}`;
}

function withText(event: Output, text: string): readonly RunEvent[] {
  return text === '' ? [] : [{ ...event, text }];
}
