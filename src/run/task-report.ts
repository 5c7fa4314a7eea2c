import { StringDecoder } from 'node:string_decoder';

import type { K3sboxError } from '../base/errors.ts';
import type { OnTask, PlannedAction, PlannedStep, TaskStatus } from '../base/event.ts';
import type { Step } from '../base/op.ts';
import type { Value } from '../base/value.ts';
import { sanitise } from '../base/text.ts';
import type { StepResult } from '../host/act.ts';
import type { Host, RunAs } from '../host/host.ts';
import { itemLabel } from './entries.ts';
import { errorData } from './error-data.ts';
import type { HostContext } from './host-context.ts';
import type { Entry, Invocation } from './invocation.ts';
import { shownStep } from './shown-step.ts';
import type { IntendedStep } from './segment-ports.ts';
import { failureOf } from './task-error.ts';
import type { TaskPlan } from './report-plan.ts';
import type { TaskResult } from './task-result.ts';
import { throttleOf } from './throttles.ts';

/** Turns what happens to tasks into events and counts. Nothing that `no_log` hides gets into one. */
export class TaskReport {
  readonly #hostRun: HostContext;
  readonly #steps = new Map<Entry, PlannedStep[]>();
  readonly #commands = new Map<Entry, string>();
  readonly #decoders = new Map<string, StringDecoder>();
  /** When the first step of an entry began and its last one ended: tasks of a segment are done, and reported, together. */
  readonly #worked = new Map<Entry, { readonly from: number; to?: number }>();

  constructor(hostRun: HostContext) {
    this.#hostRun = hostRun;
  }

  begun({ entry }: Invocation): void {
    if (this.#worked.has(entry)) return;
    this.#worked.set(entry, { from: performance.now() });
    this.#hostRun.emit({ type: 'task-started', ...this.on(entry) });
  }

  intended({ id, step, invocation: { entry }, key }: IntendedStep, host: Host, as: RunAs): void {
    const { say, reversible } = shownStep(step);
    if (step.do.kind === 'exec') this.#commands.set(entry, step.do.command.redacted);
    const throttle = throttleOf(entry.task, this.#hostRun.wave.play);
    this.#hostRun.emit({
      type: 'step-intended',
      ...this.on(entry),
      step: id,
      say: entry.noLog ? 'hidden by no_log' : say,
      reversible,
      key,
      ...(throttle !== undefined && { throttle }),
      ...(host !== this.#hostRun.host && { on: host.name }),
      ...(as !== undefined && { as: as.user }),
    });
  }

  output({ entry }: Invocation, stream: 'stdout' | 'stderr', data: Buffer): void {
    if (entry.noLog) return;
    const key = `${entry.task.id} ${stream}`;
    const decoder = this.#decoders.get(key) ?? new StringDecoder('utf8');
    this.#decoders.set(key, decoder);
    const text = sanitise(decoder.write(data));
    if (text !== '') this.#hostRun.emit({ type: 'task-output', ...this.on(entry), stream, text });
  }

  stepped({ entry }: Invocation, step: Step, result: StepResult): void {
    const changed = step.changes !== false && result.exitCode === 0;
    const worked = this.#worked.get(entry);
    if (worked !== undefined) worked.to = performance.now();
    this.#hostRun.emit({
      type: 'step-done',
      ...this.on(entry),
      step: result.id,
      say: entry.noLog ? 'hidden by no_log' : step.say,
      changed,
    });
  }

  retried({ entry }: Invocation, attempt: number, of: number, result: TaskResult | undefined): void {
    const message = entry.noLog ? 'hidden by no_log' : (result?.message ?? 'not as wanted yet');
    this.#hostRun.emit({ type: 'task-retried', ...this.on(entry), attempt, of, message });
  }

  stepsOf({ entry }: Invocation, steps: readonly Step[]): void {
    if (entry.noLog) return;
    this.#steps.set(entry, [...(this.#steps.get(entry) ?? []), ...steps.map(shownStep)]);
  }

  ended(entry: Entry, result: TaskResult, steps: readonly Step[] = []): void {
    const status = statusOf(result);
    this.#hostRun.tally.count(status);
    const shown = [...(this.#steps.get(entry) ?? []), ...steps.map(shownStep)];
    this.#hostRun.emit({
      type: 'task-ended',
      ...this.on(entry),
      module: entry.task.module.value,
      status,
      elapsedMs: this.#elapsedMs(entry),
      ...(result.message !== undefined && { message: entry.noLog ? 'hidden by no_log' : sanitise(result.message) }),
      ...(shown.length > 0 && !entry.noLog && { steps: shown }),
      ...(!entry.noLog && { result: result.values }),
    });
  }

  /** What a dry run found out. `--check` reports it as if it had been done. */
  planned(entry: Entry, { action, steps, note, drift, result }: TaskPlan): void {
    const status = plannedStatus[action];
    const isPlan = this.#hostRun.wave.run.mode === 'plan';
    this.#hostRun.tally.count(isPlan && action === 'unknown' ? 'changed' : status);
    const hidden = entry.noLog ? [] : steps;
    const module = entry.task.module.value;
    if (isPlan) {
      this.#hostRun.emit({
        type: 'task-planned',
        ...this.on(entry),
        module,
        action,
        steps: hidden,
        ...(note !== undefined && { note }),
        ...(drift && { drift }),
      });
      return;
    }
    const elapsedMs = this.#elapsedMs(entry);
    const values = entry.noLog ? undefined : result?.values;
    this.#hostRun.emit({
      type: 'task-ended',
      ...this.on(entry),
      module,
      status,
      ...(action === 'unknown' && { unknown: true as const }),
      elapsedMs,
      ...(note !== undefined && { message: note }),
      ...(hidden.length > 0 && { steps: hidden }),
      ...(values !== undefined && { result: values }),
    });
  }

  /** @returns the error to unwind with */
  failed(entry: Entry, result: TaskResult): K3sboxError {
    const error = result.error && !entry.noLog ? result.error : failureOf(result, entry.noLog);
    this.#end(entry, error, result);
    return error;
  }

  /** A failure that is not the task's: the connection, the lock, a signal. */
  failedHard(entry: Entry, error: K3sboxError): void {
    this.#end(entry, error, undefined);
  }

  on({ task, name }: Entry): OnTask {
    return { host: this.#hostRun.host.name, task: name, id: task.id, at: task.span };
  }

  /** A task without steps took as long as the looking did; that of others is not counted to it. */
  #elapsedMs(entry: Entry): number {
    const now = performance.now();
    const worked = this.#worked.get(entry);
    if (worked !== undefined) return (worked.to ?? now) - worked.from;
    return this.#worked.size > 0 ? 0 : now - entry.begun;
  }

  #end(entry: Entry, error: K3sboxError, result: TaskResult | undefined): void {
    const status: TaskStatus = error.code === 'unreachable' ? 'unreachable' : 'failed';
    this.#hostRun.tally.count(status);
    const failing = entry.invocations.find((invocation) => invocation.result?.failed);
    const item: Value | undefined =
      entry.isLoop && failing ? itemLabel(entry.task.loop, failing.item, failing.scope) : undefined;
    const steps = this.#steps.get(entry);
    this.#hostRun.emit({
      type: 'task-ended',
      ...this.on(entry),
      module: entry.task.module.value,
      status,
      elapsedMs: this.#elapsedMs(entry),
      ...(item !== undefined && !entry.noLog && { item }),
      ...(steps !== undefined && { steps }),
      ...(result !== undefined && !entry.noLog && { result: result.values }),
      error: errorData(error, entry.noLog ? undefined : this.#commands.get(entry)),
    });
  }
}

const plannedStatus: Readonly<Record<PlannedAction, TaskStatus>> = {
  none: 'ok',
  change: 'changed',
  unknown: 'skipped',
  skip: 'skipped',
};

function statusOf({ failed, skipped, changed }: TaskResult): TaskStatus {
  if (failed) return 'ignored';
  if (skipped) return 'skipped';
  return changed ? 'changed' : 'ok';
}
