import type { OnTask, RunEvent } from '../../base/event.ts';
import { sanitise } from '../../base/text.ts';
import type { ReportedTask, ResultStatus } from './run-report.ts';
import { TaskOrder } from './task-order.ts';

type Ended = Extract<RunEvent, { type: 'task-ended' }>;

/** How a task ended on a host, or that it had not, before its texts are cut and numbered. */
export interface RawResult {
  readonly host: string;
  readonly id: string;
  readonly status: ResultStatus;
  readonly phase: number;
  readonly startMs: number;
  readonly elapsedMs: number;
  /** Undefined for `open`. */
  readonly ended?: Ended;
  readonly output: string;
  readonly tries: number;
}

/** Where the run stands in time. */
export interface Moment {
  readonly phase: number;
  readonly play: number;
  readonly nowMs: number;
}

interface OpenTask {
  readonly on: OnTask;
  readonly startMs: number;
  output: string;
  tries: number;
}

/** Enough to show its end; the journal has the rest. */
const keptOutputChars = 64 << 10;

/** Gathers what tasks did on hosts, and the tasks themselves in the order of the playbook. */
export class ResultLog {
  readonly #order = new TaskOrder();
  readonly #tasks = new Map<string, ReportedTask>();
  readonly #results: RawResult[] = [];
  readonly #open = new Map<string, OpenTask>();
  #moment: Moment = { phase: 0, play: 0, nowMs: 0 };

  note(event: RunEvent, { phase, play, nowMs }: Moment): void {
    // What was going on when a run was cut off has no end; what resumes it begins anew.
    if (phase !== this.#moment.phase) this.close();
    this.#moment = { phase, play, nowMs };
    switch (event.type) {
      case 'task-started':
      case 'step-intended':
        this.#openTask(event);
        break;
      case 'task-output': {
        const open = this.#openTask(event);
        open.output = (open.output + event.text).slice(-keptOutputChars);
        break;
      }
      case 'task-retried':
        this.#openTask(event).tries = event.attempt;
        break;
      case 'task-ended':
        this.#end(event);
        break;
      default:
    }
  }

  /** No more events of this phase come: what is still open stays so. */
  close(): void {
    const { phase, nowMs } = this.#moment;
    for (const { on, startMs, output, tries } of this.#open.values()) {
      const { host, id } = on;
      this.#results.push({ host, id, status: 'open', phase, startMs, elapsedMs: nowMs - startMs, output, tries });
    }
    this.#open.clear();
  }

  results(): readonly RawResult[] {
    return this.#results;
  }

  /** In the order of the plays, and within a play in the order of its tasks. */
  tasks(): readonly ReportedTask[] {
    const tasks = this.#order.ids().flatMap((id) => this.#tasks.get(id) ?? []);
    return tasks.toSorted((a, b) => a.play - b.play);
  }

  #openTask(on: OnTask): OpenTask {
    this.#noteTask(on, '');
    const key = `${on.host}\0${on.id}`;
    const open = this.#open.get(key) ?? { on, startMs: this.#moment.nowMs, output: '', tries: 1 };
    this.#open.set(key, open);
    return open;
  }

  #end(ended: Ended): void {
    this.#noteTask(ended, ended.module);
    const key = `${ended.host}\0${ended.id}`;
    const open = this.#open.get(key);
    this.#open.delete(key);
    const { phase, nowMs } = this.#moment;
    const { host, id, status, elapsedMs } = ended;
    // The tasks of a segment are reported together, when it is through.
    const startMs = open?.startMs ?? Math.max(0, nowMs - elapsedMs);
    const { output = '', tries = 1 } = open ?? {};
    this.#results.push({ host, id, status, phase, startMs, elapsedMs, ended, output, tries });
  }

  #noteTask({ host, id, task, at }: OnTask, module: string): void {
    this.#order.note(host, id);
    const known = this.#tasks.get(id);
    if (known !== undefined && (known.module !== '' || module === '')) return;
    const place = at === undefined ? {} : { at: `${at.file}:${at.line}` };
    this.#tasks.set(id, { id, name: sanitise(task), module, play: known?.play ?? this.#moment.play, ...place });
  }
}
