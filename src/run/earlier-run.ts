import type { Connection } from '../base/connection.ts';
import type { Emit, RunEvent, TaskStatus } from '../base/event.ts';
import type { Value } from '../base/value.ts';
import type { StepResult } from '../host/act.ts';
import { takeOverDeadman } from '../host/deadman.ts';
import type { Host, RunAs } from '../host/host.ts';
import type { StepRecord } from '../host/step-records.ts';
import type { Undone } from '../host/undo.ts';
import { type DeadmanHistory, deadmanHistory } from '../journal/deadman-events.ts';
import { type Execution, executionsOf, type IntendedStep } from '../journal/executions.ts';
import { tellStory } from './hear-host.ts';
import type { Ledger } from './ledger.ts';
import { runAsUser } from './run-as.ts';
import { runNameOn } from './roll-back.ts';
import { type Limit, recordedLimits } from './throttles.ts';

/** What became of a step before a run was interrupted. */
export type EarlierStep = { readonly job: StepRecord['job'] } & (
  | { readonly state: 'done'; readonly result: StepResult }
  | { readonly state: 'cut-off'; readonly step: string }
);

/** One execution of a task before the interruption, as the journal and the host's own records have it. */
export interface EarlierTask {
  /** Set when it had come to its end, and all that it did still stands. */
  readonly ended: { readonly status: TaskStatus; readonly result: Value | undefined } | undefined;
  /** It changed something that still stands. */
  readonly changed: boolean;
  readonly stepOf: (key: string) => EarlierStep | undefined;
  /** Set by the resumed run: some of it was done anew. */
  actsAnew: boolean;
}

export interface EarlierPorts {
  readonly run: string;
  readonly hostNamed: (name: string, origin: string) => Host;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** Learns of what stands on the host: a failure takes that back, too. */
  readonly ledger: Pick<Ledger, 'note' | 'limit'>;
}

/** What the hosts of a run that is resumed have been through. */
export class EarlierRun {
  readonly #executions: ReadonlyMap<string, readonly Execution[]>;
  readonly #deadman: DeadmanHistory;
  readonly #lastGroups: ReadonlyMap<string, ReadonlyMap<string, number>>;
  readonly #limits: ReadonlyMap<string, readonly Limit[]>;
  readonly #hosts = new Map<string, Promise<EarlierHost>>();
  /** Commands that were cut off in the middle are run again, whatever they are. */
  readonly rerun: boolean;

  constructor(events: readonly RunEvent[], rerun: boolean) {
    this.#executions = executionsOf(events);
    this.#deadman = deadmanHistory(events);
    this.#lastGroups = lastGroupsOf(events);
    this.#limits = recordedLimits(events);
    this.rerun = rerun;
  }

  /** The highest number of a group that was meant for a host, by user ("" for the login user): names are never used twice. */
  lastGroups(host: string): ReadonlyMap<string, number> {
    return this.#lastGroups.get(host) ?? new Map();
  }

  /** Where the run has moved a host to. */
  movedTo(host: string): Connection['movedTo'] {
    return this.#deadman.movedTo.get(host);
  }

  /** Asks the host for its records, once. @throws UnreachableError, LockedError, TaskFailedError */
  of(origin: string, ports: EarlierPorts): Promise<EarlierHost> {
    let host = this.#hosts.get(origin);
    if (host === undefined) {
      host = this.#read(origin, ports);
      this.#hosts.set(origin, host);
    }
    return host;
  }

  async #read(origin: string, { run, hostNamed, emit, signal, ledger }: EarlierPorts): Promise<EarlierHost> {
    const executions = this.#executions.get(origin) ?? [];
    ledger.limit(origin, this.#limits.get(origin) ?? []);
    const records = new Map<string, StepRecord>();
    const places = new Map(executions.flatMap(({ steps }) => steps.map((step) => [placeOf(step), step] as const)));
    for (const [place, { on, as }] of places) {
      const host = hostNamed(on, origin);
      const user: RunAs = runAsUser(as, host);
      // It is still there from before.
      await host.lock(user);
      const runName = runNameOn(run, origin, on);
      if (on === origin && this.#deadman.unconfirmed.has(on)) {
        tellStory(on, await host.inRun(runName, user, takeOverDeadman), emit);
      }
      const found = await host.records(runName, user, {
        signal,
        onWait: () => emit({ type: 'warning', host: on, message: 'waits for a batch that still runs there' }),
      });
      if (found.length > 0) ledger.note(origin, host, user, runName, found.length);
      const back = await takeBackHalves(found, { host, user, runName, signal });
      for (const { step, say } of back) {
        emit({
          type: 'undo-done',
          host: origin,
          step,
          say,
          ...(on !== origin && { on }),
          ...(as !== undefined && { as }),
        });
      }
      const gone = new Set(back.map(({ step }) => step));
      for (const record of found) if (!gone.has(record.step)) records.set(`${place} ${record.step}`, record);
    }
    return new EarlierHost(executions, (step) => records.get(`${placeOf(step)} ${step.step}`));
  }
}

/**
 * Takes back the steps that were cut off in the middle, as far as the host knows how: whether their tasks are still wanted is
 * decided on what is there then, not on half of it.
 */
async function takeBackHalves(
  found: readonly StepRecord[],
  {
    host,
    user,
    runName,
    signal,
  }: { readonly host: Host; readonly user: RunAs; readonly runName: string; readonly signal: AbortSignal },
): Promise<readonly Undone[]> {
  const halves = found.filter(({ begun, exitCode, job }) => begun && exitCode === undefined && job !== 'running');
  if (halves.length === 0) return [];
  const undone = await host.undo(runName, user, { signal, only: halves.map(({ step }) => step) });
  return undone.filter(({ result }) => result === 'undone' || result === 'same');
}

/** One host's way so far, to be gone again task by task. */
export class EarlierHost {
  /** By task id, oldest first. */
  readonly #tasks = new Map<string, EarlierTask[]>();
  /** Something was changed on the host after the interruption: what was restarted before has to be restarted again. */
  hasActed = false;
  /** A command was cut off, and somebody has to say whether it may run again: the host is left as it is until then. */
  isUndecided = false;

  constructor(executions: readonly Execution[], recordOf: (step: IntendedStep) => StepRecord | undefined) {
    for (const execution of executions) {
      const tasks = this.#tasks.get(execution.id) ?? [];
      tasks.push(earlierTask(execution, recordOf));
      this.#tasks.set(execution.id, tasks);
    }
  }

  /** The next execution of this task; undefined when it was not come to before. */
  take(id: string): EarlierTask | undefined {
    return this.#tasks.get(id)?.shift();
  }
}

/** Joins what the journal meant with what the host says. Pure. */
function earlierTask(
  { steps, ended }: Execution,
  recordOf: (step: IntendedStep) => StepRecord | undefined,
): EarlierTask {
  // What was not synced is gone after a power cut, also the mark of a step that the journal knows to be done.
  const standing = steps.filter((step) => {
    const record = recordOf(step);
    return record !== undefined && (record.begun || step.done !== undefined);
  });
  const isWhole = steps.every(({ done, step }) => done === undefined || standing.some((one) => one.step === step));
  return {
    ended: isWhole ? ended : undefined,
    changed: standing.some(({ done }) => done?.changed ?? true),
    // Tries of one step have one key: the last one counts.
    stepOf: (key) => {
      const step = standing.findLast((one) => one.key === key);
      const record = step && recordOf(step);
      return step && record && stateOf(step, record, isWhole && ended !== undefined);
    },
    actsAnew: false,
  };
}

function stateOf(step: IntendedStep, record: StepRecord, hasEnded: boolean): EarlierStep {
  // A power cut may take the code that the host had written; the journal's word that the task was through is enough.
  const exitCode = record.exitCode ?? (step.done !== undefined && hasEnded ? 0 : undefined);
  const { stdout, stderr, job } = record;
  if (exitCode === undefined) return { state: 'cut-off', step: step.step, job };
  return { state: 'done', job, result: { id: step.step, exitCode, timedOut: false, stdout, stderr, elapsedMs: 0 } };
}

function placeOf({ on, as }: IntendedStep): string {
  return `${on}\n${as ?? ''}`;
}

function lastGroupsOf(events: readonly RunEvent[]): ReadonlyMap<string, ReadonlyMap<string, number>> {
  const hosts = new Map<string, Map<string, number>>();
  for (const event of events) {
    if (event.type !== 'step-intended') continue;
    const users = hosts.get(event.on ?? event.host) ?? new Map<string, number>();
    hosts.set(event.on ?? event.host, users);
    const user = event.as ?? '';
    users.set(user, Math.max(users.get(user) ?? 0, Number.parseInt(event.step, 10)));
  }
  return hosts;
}
