import type { Span } from '../base/diagnostic.ts';
import type { ErrorData, HostStatus, HostSummary, OnTask, RunEvent, TaskStatus } from '../base/event.ts';

/**
 * What became of a step. `intended`: the journal says that it was about to run, and nothing after that. `unchanged`: it ran
 * and found nothing to change.
 */
export type StepState = 'intended' | 'done' | 'unchanged' | 'undone' | 'undo-failed';

export interface StepHistory {
  readonly step: string;
  readonly say: string;
  readonly task: string;
  /** The task's id. */
  readonly id: string;
  readonly reversible: boolean;
  readonly state: StepState;
}

export interface TaskHistory {
  readonly id: string;
  readonly task: string;
  readonly at?: Span;
  /** `running`: it had started when the journal ends. */
  readonly status: TaskStatus | 'running';
  readonly elapsedMs?: number;
  readonly error?: ErrorData;
}

export interface HostHistory {
  readonly host: string;
  /** `waiting`: never came to it. `running` and `rolling-back`: in the middle of it when the journal ends. */
  readonly status: HostStatus | 'waiting' | 'running' | 'rolling-back';
  readonly counts: Omit<HostSummary, 'status'>;
  readonly tasks: readonly TaskHistory[];
  readonly steps: readonly StepHistory[];
  readonly error?: ErrorData;
}

/** What a journal tells. Derived from events alone, so it is the same for a live run and for one whose controller died. */
export interface RunHistory {
  readonly run: string;
  readonly title: string;
  readonly hosts: ReadonlyMap<string, HostHistory>;
  readonly started?: string;
  /** The time of the last event. */
  readonly lastSeen?: string;
  /** Undefined when the run never came to its end. */
  readonly exitCode?: number;
  /** It came to its end, and could not free these hosts. */
  readonly stillLocked: readonly string[];
}

/** Steps that were about to run when the journal ends: nobody knows whether they did. */
export function inFlight(host: HostHistory): readonly StepHistory[] {
  return host.status === 'running' || host.status === 'rolling-back'
    ? host.steps.filter(({ state }) => state === 'intended')
    : [];
}

/** Steps that still stand on the host. */
export function standing(host: HostHistory): readonly StepHistory[] {
  return host.steps.filter(({ state }) => state !== 'undone' && state !== 'unchanged');
}

/** Folds a journal into what people ask about it. */
export function historyOf(events: readonly RunEvent[]): RunHistory {
  const hosts = new Map<string, Draft>();
  let stillLocked: readonly string[] = [];
  let head: Omit<RunHistory, 'hosts' | 'exitCode' | 'lastSeen' | 'stillLocked'> = { run: '', title: '' };
  let exitCode: number | undefined;
  for (const event of events) {
    if (event.type === 'run-started') {
      for (const host of event.hosts) draftOf(hosts, host);
      // A rollback that came later goes on with the run it takes back.
      if (event.mode !== 'rollback' && event.resumed === undefined) {
        head = { run: event.run, title: event.title, ...startedAt(event) };
      }
      exitCode = undefined;
      stillLocked = [];
    }
    if (event.type === 'warning' && event.about === 'lock-left') stillLocked = [...stillLocked, event.host ?? ''];
    if (event.type === 'run-finished') exitCode = event.exitCode;
    if ('host' in event && event.host !== undefined) apply(draftOf(hosts, event.host), event);
  }
  const lastSeen = events.findLast(({ time }) => time !== undefined)?.time;
  return {
    ...head,
    ...(exitCode !== undefined && { exitCode }),
    ...(lastSeen !== undefined && { lastSeen }),
    stillLocked,
    hosts: new Map([...hosts].map(([host, draft]) => [host, finish(host, draft)])),
  };
}

function startedAt({ time }: RunEvent): Pick<RunHistory, 'started'> {
  return time === undefined ? {} : { started: time };
}

function draftOf(hosts: Map<string, Draft>, host: string): Draft {
  const draft = hosts.get(host) ?? newDraft();
  hosts.set(host, draft);
  return draft;
}

interface Draft {
  status: HostHistory['status'];
  summary: Omit<HostSummary, 'status'> | undefined;
  undone: number;
  error: ErrorData | undefined;
  readonly tasks: Map<string, TaskHistory>;
  readonly steps: Map<string, StepHistory>;
  /** The steps' keys by task and number. */
  readonly keys: Map<string, string>;
}

function newDraft(): Draft {
  return {
    status: 'waiting',
    summary: undefined,
    undone: 0,
    error: undefined,
    tasks: new Map(),
    steps: new Map(),
    keys: new Map(),
  };
}

function apply(draft: Draft, event: RunEvent): void {
  switch (event.type) {
    case 'host-connected':
      draft.status = 'running';
      break;
    case 'task-started':
      draft.status = 'running';
      setTask(draft, event, { status: 'running' });
      break;
    case 'task-ended': {
      const { status, elapsedMs, error } = event;
      setTask(draft, event, { status, elapsedMs, ...(error && { error }) });
      if (status === 'failed' || status === 'unreachable') doubtSteps(draft, event.id);
      break;
    }
    case 'step-intended': {
      const { host, on = host, as, step, say, task, id, reversible } = event;
      draft.status = 'running';
      draft.keys.set(`${id}\n${step}`, stepKey(on, as, step));
      draft.steps.set(stepKey(on, as, step), { step, say, task, id, reversible, state: 'intended' });
      break;
    }
    case 'step-done': {
      const key = draft.keys.get(`${event.id}\n${event.step}`);
      if (key !== undefined) setStep(draft, key, event.changed ? 'done' : 'unchanged');
      break;
    }
    case 'rollback-started':
      draft.status = 'rolling-back';
      break;
    case 'undo-done': {
      const { host, on = host, as, step, error } = event;
      setStep(draft, stepKey(on, as, step), error ? 'undo-failed' : 'undone');
      break;
    }
    case 'rollback-ended':
      draft.status = event.failed > 0 ? 'rollback-failed' : 'rolled-back';
      draft.undone += event.undone;
      break;
    case 'host-ended': {
      const { status, ok, changed, skipped, failed, undone, error } = event;
      draft.status = status;
      draft.summary = { ok, changed, skipped, failed, undone };
      draft.error = error;
      break;
    }
    default:
  }
}

function setTask(
  draft: Draft,
  { id, task, at }: OnTask,
  rest: Pick<TaskHistory, 'status' | 'elapsedMs' | 'error'>,
): void {
  draft.tasks.set(id, { id, task, ...(at && { at }), ...rest });
}

/** Steps are numbered on each host for each of its users. */
function stepKey(on: string, as: string | undefined, step: string): string {
  return `${on}\n${as ?? ''}\n${step}`;
}

function setStep(draft: Draft, key: string, state: StepState): void {
  const known = draft.steps.get(key);
  if (known !== undefined) draft.steps.set(key, { ...known, state });
}

/** A step that failed may have done half of its work. */
function doubtSteps(draft: Draft, id: string): void {
  for (const [key, step] of draft.steps) {
    if (step.id === id && step.state === 'unchanged') setStep(draft, key, 'intended');
  }
}

function finish(host: string, draft: Draft): HostHistory {
  const tasks = [...draft.tasks.values()];
  const count = (...statuses: TaskStatus[]): number =>
    tasks.filter(({ status }) => status !== 'running' && statuses.includes(status)).length;
  const counted = {
    ok: count('ok', 'ignored'),
    changed: count('changed'),
    skipped: count('skipped'),
    failed: count('failed', 'unreachable'),
    undone: 0,
  };
  const summary = draft.summary ?? counted;
  const counts = { ...summary, undone: Math.max(summary.undone, draft.undone) };
  const { status, error } = draft;
  return { host, status, counts, tasks, steps: [...draft.steps.values()], ...(error && { error }) };
}
