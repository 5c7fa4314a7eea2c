import type { RunEvent } from '../base/event.ts';
import type { Reporter, WriteLine } from './reporter.ts';

/** One event a line, for programs; the last one is `run-finished`. */
export class JsonReporter implements Reporter {
  readonly #write: WriteLine;

  constructor(write: WriteLine) {
    this.#write = write;
  }

  onEvent(event: RunEvent): void {
    this.#write(safeJson(event));
  }
}

/** JSON that is harmless on a terminal, too: what JSON.stringify leaves of control and direction characters is escaped. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replaceAll(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
