import { TaskFailedError, toK3sboxError, type K3sboxError } from '../base/errors.ts';
import type { Value, Values } from '../base/value.ts';
import type { Host } from '../host/host.ts';
import { isLeftAlone } from '../host/job-script.ts';
import type { Planned } from '../modules/module.ts';
import type { Task } from '../playbook/playbook.ts';
import type { Scope } from '../template/scope.ts';
import { isJudged } from './entries.ts';
import type { HostContext } from './host-context.ts';
import { differsFromFetched, writeFetched } from './fetched-files.ts';
import type { Entry, Invocation } from './invocation.ts';
import { durationOf, flagOf, numberOf, textOf } from './keyword-values.ts';
import { ReadAhead } from './read-ahead.ts';
import { runSegment } from './run-segment.ts';
import type { IntendedStep, SegmentPorts } from './segment-ports.ts';
import { runNameOn } from './roll-back.ts';
import { offlineAnswer } from './offline-answers.ts';
import { planEntries } from './plan-tasks.ts';
import { runAsOf, userName } from './run-as.ts';
import { asTaskError } from './task-error.ts';
import type { TaskReport } from './task-report.ts';
import { asBefore } from './as-before.ts';
import { loopResult, failedResult, type TaskResult } from './task-result.ts';
import { isContent, judge, triesOf } from './verdict.ts';
import { pauseFor } from './pause-for.ts';
import { type Limit, limitsOf, throttleOf } from './throttles.ts';

export interface TaskPorts {
  readonly hostRun: HostContext;
  readonly loopVars: Values;
  readonly ahead: ReadAhead;
  /** Unwinds to the next rescue. */
  readonly fail: (error: K3sboxError, task: Task, result: Values) => never;
}

/** The host that a task acts on: its own, or the one it is delegated to. */
export function targetOf(hostRun: HostContext, task: Task, scope: Scope): Host {
  if (task.delegateTo === undefined) return hostRun.host;
  return hostRun.wave.run.hostNamed(textOf(task.delegateTo, scope), hostRun.host.name);
}

/** The entries of one segment on their way from plan to result. */
export class Segment {
  readonly registered: Record<string, Value> = {};
  readonly #entries: readonly Entry[];
  readonly #ports: TaskPorts;
  readonly #report: TaskReport;
  #reported = 0;

  constructor(entries: readonly Entry[], ports: TaskPorts, report: TaskReport) {
    this.#entries = entries;
    this.#ports = ports;
    this.#report = report;
  }

  async run(): Promise<void> {
    this.#reportDone();
    const open = this.#open();
    const [first] = open;
    if (first === undefined) return;
    const tries = isJudged(first.entry.task) ? this.#triesOf(first) : 1;
    if (tries > 1) for (const invocation of open) await this.#retry(invocation, tries);
    else await runSegment(open, this.#segmentPorts(first.entry.task, first.scope));
    this.#reportDone();
  }

  async plan(): Promise<void> {
    const { hostRun } = this.#ports;
    const [first] = this.#entries;
    if (first === undefined) return;
    const scope = first.invocations[0]?.scope ?? hostRun.scope.forTask(first.task, this.#ports.loopVars);
    Object.assign(
      this.registered,
      await planEntries(this.#entries, hostRun, this.#segmentPorts(first.task, scope), this.#report),
    );
  }

  #open(): Invocation[] {
    return this.#entries.flatMap(({ invocations }) => invocations.filter(({ result }) => result === undefined));
  }

  #triesOf({ entry: { task, earlier }, scope }: Invocation): number {
    // It had all its tries before, and a block has rescued it.
    if (earlier?.ended?.status === 'failed') return 1;
    return triesOf(task, numberOf(task.retries, scope));
  }

  async #retry(invocation: Invocation, tries: number): Promise<void> {
    const { task } = invocation.entry;
    const delayMs = durationOf(task.delay, invocation.scope) ?? 5000;
    for (let attempt = 1; attempt <= tries; attempt++) {
      let latest: TaskResult | undefined;
      const ports = this.#segmentPorts(task, invocation.scope);
      await runSegment([invocation], {
        ...ports,
        adopts: attempt === 1,
        finish: (_invocation, planned, result) => {
          latest = this.#judged(invocation, { ...result, values: { ...result.values, attempts: attempt } });
          const isEnough = isContent(task, latest, (values) => this.#scopeWith(invocation, values));
          if (isEnough && planned.planned.failure === undefined) {
            const { message: _why, ...rest } = latest;
            latest = { ...(latest.failed ? rest : latest), failed: false, values: { ...latest.values, failed: false } };
          }
          if (!isEnough && attempt < tries) return true;
          return this.#conclude(invocation, isEnough ? latest : exhausted(latest, tries), planned.planned.facts);
        },
        fail: (_invocation, error) => {
          if (attempt === tries || error.code !== 'task-failed') return ports.fail(invocation, error);
          latest = failedResult(error.message);
          return true;
        },
      });
      if (invocation.result !== undefined) return;
      this.#report.retried(invocation, attempt, tries, latest);
      await pauseFor(delayMs, this.#ports.hostRun.wave.run.signal);
    }
  }

  #segmentPorts(task: Task, taskScope: Scope): SegmentPorts {
    const { hostRun } = this.#ports;
    const { run } = hostRun.wave;
    const host = targetOf(hostRun, task, taskScope);
    const runName = runNameOn(run.run, hostRun.host.name, host.name);
    return {
      host,
      runName,
      signal: run.signal,
      asOf: ({ entry, scope }) => runAsOf(entry.task, scope, host),
      userOf: (as) => userName(as, host),
      isJudged: ({ entry }) => isJudged(entry.task),
      guard: host === hostRun.host ? hostRun.guard : undefined,
      earlier: hostRun.earlier,
      adopts: true,
      rerun: run.earlier?.rerun ?? false,
      intend: async (steps, as) => {
        run.ledger.note(hostRun.host.name, host, as, runName, steps.length);
        run.ledger.limit(
          hostRun.host.name,
          steps.flatMap((step) => this.#limitsOf(step)),
        );
        for (const step of steps) this.#report.intended(step, host, as);
        await run.journaled();
      },
      // What was asked ahead was asked of this host, where no other one may have come in between.
      ahead: host === hostRun.host ? this.#ports.ahead : new ReadAhead(),
      read: async (queries, as) => (run.offline ? queries.map(offlineAnswer) : host.read(queries, as, run.signal)),
      refusal: ({ item, planned: { steps }, reads }, before) =>
        run.approved?.refusal({
          origin: hostRun.host.name,
          on: host.name,
          entry: item.entry,
          steps,
          reads,
          before,
        }),
      warn: (message) => hostRun.emit({ type: 'warning', host: host.name, message }),
      onBegin: (invocation) => this.#report.begun(invocation),
      onOutput: (invocation, stream, data) => this.#report.output(invocation, stream, data),
      onStep: (invocation, step, result) => {
        run.approved?.acted(host.name, step);
        if (isLeftAlone(step) && result.exitCode === 0) {
          const { entry, scope } = invocation;
          const place = { host, run: runName, as: runAsOf(entry.task, scope, host), step: result.id };
          hostRun.background.note({ ...place, task: entry.name, folder: result.stdout.trim() });
        }
        this.#report.stepped(invocation, step, result);
      },
      finish: (invocation, { planned }, result) => {
        const fetched = this.#fetch(planned, result);
        return this.#conclude(invocation, this.#judged(invocation, fetched), planned.facts, planned.steps);
      },
      fail: (invocation, error) => this.#failed(invocation, error),
    };
  }

  #limitsOf({ invocation }: IntendedStep): readonly Limit[] {
    const { play, hosts } = this.#ports.hostRun.wave;
    const { task } = invocation.entry;
    return limitsOf({ id: task.id, throttle: throttleOf(task, play) }, hosts.length);
  }

  /** Files on their way to the controller: written when the task's turn has come. */
  #fetch({ fetched = [] }: Planned, result: TaskResult): TaskResult {
    const { folder } = this.#ports.hostRun.wave.play;
    if (result.failed || !differsFromFetched(fetched, folder)) return result;
    writeFetched(fetched, folder);
    return { ...result, changed: true, values: { ...result.values, changed: true } };
  }

  /** A condition that cannot be evaluated is a failure of its task. */
  #judged(invocation: Invocation, result: TaskResult): TaskResult {
    const { task } = invocation.entry;
    try {
      return judge(task, result, (values) => this.#scopeWith(invocation, values));
    } catch (thrown) {
      const error = asTaskError(toK3sboxError(thrown), task);
      return { ...failedResult(error.message, result.values), error };
    }
  }

  #scopeWith({ entry: { task } }: Invocation, values: Values) {
    const { hostRun, loopVars } = this.#ports;
    return hostRun.scope.forTask(task, { ...loopVars, ...values });
  }

  #conclude(
    invocation: Invocation,
    result: TaskResult,
    facts: Planned['facts'],
    steps: Parameters<TaskReport['ended']>[2] = [],
  ): boolean {
    invocation.result = result;
    if (facts !== undefined) this.#ports.hostRun.scope.setFacts(facts);
    this.#report.stepsOf(invocation, steps);
    if (result.failed && !this.#ignored(invocation)) return this.#giveUp(invocation);
    this.#reportDone();
    return true;
  }

  #failed(invocation: Invocation, error: K3sboxError): boolean {
    if (error.code !== 'task-failed') {
      this.#report.failedHard(invocation.entry, error);
      this.#ports.fail(error, invocation.entry.task, {});
    }
    const output = error instanceof TaskFailedError && error.output !== undefined ? { stderr: error.output } : {};
    invocation.result = { ...failedResult(error.message, output), error };
    if (!this.#ignored(invocation)) return this.#giveUp(invocation);
    this.#reportDone();
    return true;
  }

  #ignored({ entry: { task }, scope }: Invocation): boolean {
    return flagOf(task.ignoreErrors, scope, false);
  }

  /** Reports everything up to the failure, then unwinds. */
  #giveUp({ entry }: Invocation): never {
    const results = entry.invocations.flatMap(({ result }) => (result === undefined ? [] : [result]));
    const result = entry.isLoop ? loopResult(this.#items(entry)) : (results[0] ?? failedResult('failed'));
    this.#register(entry, result);
    const error = this.#report.failed(entry, result);
    return this.#ports.fail(error, entry.task, result.values);
  }

  /** Reports entries whose invocations are all through, in the order of the playbook. */
  #reportDone(): void {
    for (;;) {
      const entry = this.#entries[this.#reported];
      if (entry === undefined || entry.invocations.some(({ result }) => result === undefined)) return;
      this.#reported++;
      this.#end(entry);
    }
  }

  #end(entry: Entry): void {
    const [only] = entry.invocations;
    const found = entry.isLoop ? loopResult(this.#items(entry)) : only?.result;
    if (found === undefined) return;
    const result = asBefore(found, entry.earlier);
    this.#register(entry, result);
    if (result.changed && !result.failed) this.#ports.hostRun.notify(entry.task, this.#notified(entry));
    this.#report.ended(entry, result);
    if (entry.task.module.value === 'meta' && !result.skipped) this.#ports.hostRun.obey(result.values['meta']);
  }

  #notified({ task, invocations }: Entry): readonly string[] {
    const scope = invocations[0]?.scope;
    return scope === undefined ? [] : task.notify.map((name) => textOf(name, scope));
  }

  #items({ invocations, task }: Entry) {
    const loopVar = task.loop?.loopVar ?? 'item';
    return invocations.flatMap(({ result, item = null }) =>
      result === undefined ? [] : [{ ...result, item, loopVar }],
    );
  }

  #register({ task }: Entry, { values }: TaskResult): void {
    if (task.register === undefined) return;
    this.registered[task.register.value] = values;
    this.#ports.hostRun.scope.set(task.register.value, values);
  }
}

function exhausted(result: TaskResult, tries: number): TaskResult {
  const why = result.message === undefined ? '' : `: ${result.message}`;
  const message = `not as wanted after ${tries} tries${why}`;
  return { ...result, failed: true, message, values: { ...result.values, failed: true, msg: message } };
}
