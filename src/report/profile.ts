import { formatDuration } from '../base/duration.ts';
import { formatSpan } from '../base/diagnostic.ts';
import type { RunEvent } from '../base/event.ts';
import { sanitise } from '../base/text.ts';
import type { Reporter, WriteLine } from './reporter.ts';
import type { Style } from './style.ts';
import { count } from './words.ts';

interface Timing {
  readonly task: string;
  readonly at: string;
  slowestMs: number;
  slowestHost: string;
  totalMs: number;
  hosts: number;
}

/** `--profile`: the tasks that took longest on any host, since that is what a run waits for. */
export class ProfileReporter implements Reporter {
  readonly #write: WriteLine;
  readonly #style: Style;
  readonly #most: number;
  readonly #timings = new Map<string, Timing>();

  constructor(write: WriteLine, style: Style, most = 20) {
    this.#write = write;
    this.#style = style;
    this.#most = most;
  }

  onEvent(event: RunEvent): void {
    if (event.type === 'task-ended') this.#note(event);
  }

  /** At the end, when the live view is gone. */
  async close(): Promise<void> {
    this.#print();
  }

  #note({ id, task, at, host, elapsedMs }: Extract<RunEvent, { type: 'task-ended' }>): void {
    const timing = this.#timings.get(id) ?? {
      task,
      at: at === undefined ? '' : formatSpan(at),
      slowestMs: -1,
      slowestHost: host,
      totalMs: 0,
      hosts: 0,
    };
    this.#timings.set(id, timing);
    timing.totalMs += elapsedMs;
    timing.hosts++;
    if (elapsedMs <= timing.slowestMs) return;
    timing.slowestMs = elapsedMs;
    timing.slowestHost = host;
  }

  #print(): void {
    const slowest = [...this.#timings.values()].toSorted((a, b) => b.slowestMs - a.slowestMs).slice(0, this.#most);
    this.#write(this.#style.strong('profile  slowest host and mean of each task'));
    for (const { task, at, slowestMs, slowestHost, totalMs, hosts } of slowest) {
      const mean = `mean ${formatDuration(totalMs / hosts)} of ${count(hosts, 'host')}`;
      const times = `${formatDuration(slowestMs).padStart(7)} ${slowestHost}  ${mean}`;
      this.#write(`${times}  ${sanitise(task)}  ${this.#style.place(at)}`.trimEnd());
    }
  }
}
