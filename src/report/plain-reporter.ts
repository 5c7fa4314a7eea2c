import type { RunEvent } from '../base/event.ts';
import { EventLines } from './event-lines.ts';
import { Recap } from './recap.ts';
import type { Reporter, WriteLine } from './reporter.ts';
import type { LineOptions } from './task-entry.ts';

/** A line for each event that matters, for pipes, logs and CI; the recap at the end. */
export class PlainReporter implements Reporter {
  readonly #write: WriteLine;
  readonly #options: LineOptions;
  readonly #lines: EventLines;
  readonly #recap = new Recap();

  constructor(write: WriteLine, options: LineOptions) {
    this.#write = write;
    this.#options = options;
    this.#lines = new EventLines(options);
  }

  onEvent(event: RunEvent): void {
    this.#recap.note(event);
    for (const line of this.#lines.of(event)) this.#write(line);
    if (event.type !== 'run-finished') return;
    for (const line of this.#recap.lines(event, this.#options.style, this.#options.verbosity)) this.#write(line);
  }
}
