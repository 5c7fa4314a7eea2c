import type { RunEvent, TaskStatus } from '../base/event.ts';
import { unifiedDiff } from './diff-view.ts';
import { JunitReporter } from './junit-reporter.ts';
import type { Reporter, WriteLine } from './reporter.ts';

type Planned = Extract<RunEvent, { type: 'task-planned' }>;

/** Drift as JUnit XML: a suite for each host, a case for each task, which fails where the host is not as wanted. */
export class DriftJunitReporter implements Reporter {
  readonly #junit: Reporter;

  constructor(write: WriteLine) {
    this.#junit = new JunitReporter(write);
  }

  onEvent(event: RunEvent): void {
    this.#junit.onEvent(event.type === 'task-planned' ? asEnded(event) : event);
  }

  async close(): Promise<void> {
    await this.#junit.close?.();
  }
}

function asEnded(event: Planned): RunEvent {
  const { host, task, id, at, module, action, note, steps, drift } = event;
  const isKnown = action === 'none' || action === 'change';
  const looked: TaskStatus = isKnown ? 'ok' : 'skipped';
  const status = drift === true ? 'failed' : looked;
  return {
    type: 'task-ended',
    host,
    task,
    id,
    ...(at && { at }),
    module,
    status,
    elapsedMs: 0,
    ...(note !== undefined && { message: note }),
    ...(drift === true && {
      error: {
        code: 'stale',
        message: `not as wanted: ${steps.map(({ say }) => say).join('; ')}`,
        output: steps.flatMap(({ diff }) => (diff === undefined ? [] : [unifiedDiff(diff)])).join('\n'),
      },
    }),
  };
}
