import type { ErrorCode } from './errors.ts';
import type { Span } from './diagnostic.ts';
import type { Diff } from './op.ts';
import type { Value } from './value.ts';

/** How a task ended on a host. */
export type TaskStatus = 'ok' | 'changed' | 'skipped' | 'failed' | 'ignored' | 'unreachable';

/** How a host ended. */
export type HostStatus = 'ok' | 'failed' | 'unreachable' | 'rolled-back' | 'rollback-failed' | 'skipped';

/** What a dry run says about a task on a host. `unknown` is shown as "known after apply". */
export type PlannedAction = 'none' | 'change' | 'unknown' | 'skip';

/** An error as the journal stores it. */
export interface ErrorData {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  /** The command, without its secrets. */
  readonly command?: string;
  /** The last lines the host printed, sanitised and bounded. */
  readonly output?: string;
}

/** A task on a host: `id` is the task's stable identity in the playbook, `at` where it was written. */
export interface OnTask {
  readonly host: string;
  readonly task: string;
  readonly id: string;
  readonly at?: Span;
}

export interface HostSummary {
  readonly status: HostStatus;
  readonly ok: number;
  readonly changed: number;
  readonly skipped: number;
  readonly failed: number;
  /** Steps taken back. */
  readonly undone: number;
}

/** One step of a planned task, as shown and stored. */
export interface PlannedStep {
  readonly say: string;
  readonly reversible: boolean;
  readonly diff?: Diff;
}

/**
 * Everything that happens in a run. Plain data without secrets: one event is one line of the journal, and every reporter,
 * live or replaying, sees exactly this. `time` (ISO 8601) is added by whoever emits.
 */
export type RunEvent = { readonly time?: string } & (
  | {
      readonly type: 'run-started';
      readonly run: string;
      readonly mode: 'run' | 'check' | 'plan' | 'rollback';
      readonly title: string;
      readonly hosts: readonly string[];
      /** Goes on with a run that was cut off or has failed: its events are before this one. */
      readonly resumed?: true;
    }
  | {
      readonly type: 'play-started';
      readonly play: string;
      readonly hosts: readonly string[];
      /** The play's id, when a rollback is held to its `gate`, `soak` or `verify_rollback`. */
      readonly gated?: string;
    }
  | {
      readonly type: 'wave-started';
      readonly play: string;
      readonly wave: number;
      readonly waves: number;
      readonly hosts: readonly string[];
    }
  /** A rollout between its waves. */
  | {
      readonly type: 'rollout';
      readonly play: string;
      /** From 1. */
      readonly wave: number;
      readonly state: 'at-gate' | 'verifying' | 'soaking' | 'paused' | 'goes-on' | 'aborting';
      readonly ms?: number;
    }
  | { readonly type: 'host-connected'; readonly host: string; readonly elapsedMs: number }
  | ({ readonly type: 'task-started' } & OnTask)
  | ({
      readonly type: 'task-planned';
      readonly module: string;
      readonly action: PlannedAction;
      readonly steps: readonly PlannedStep[];
      readonly note?: string;
      /** The host is not in the state that the task is about. Not for what acts on every run, nor for handlers. */
      readonly drift?: true;
    } & OnTask)
  | ({
      readonly type: 'step-intended';
      readonly step: string;
      readonly say: string;
      readonly reversible: boolean;
      /** The host that is changed, when it is not the task's own (delegate_to). */
      readonly on?: string;
      /** The user it is changed as, when it is not the login user. */
      readonly as?: string;
      /** Names the step over interruptions: task, what it does, and how often it had been done before. See `run/step-key.ts`. */
      readonly key?: string;
      /** How many hosts at once the task may run on. */
      readonly throttle?: number;
    } & OnTask)
  | ({ readonly type: 'step-done'; readonly step: string; readonly say: string; readonly changed: boolean } & OnTask)
  | ({ readonly type: 'task-output'; readonly stream: 'stdout' | 'stderr'; readonly text: string } & OnTask)
  | ({
      readonly type: 'task-retried';
      readonly attempt: number;
      readonly of: number;
      readonly message: string;
    } & OnTask)
  | ({
      readonly type: 'task-ended';
      readonly module: string;
      readonly status: TaskStatus;
      /** `--check` cannot tell what it would do: known after apply. */
      readonly unknown?: true;
      readonly elapsedMs: number;
      readonly message?: string;
      readonly item?: Value;
      readonly steps?: readonly PlannedStep[];
      readonly result?: Value;
      readonly error?: ErrorData;
    } & OnTask)
  /** The rescue of a block begins: the failure of this task is dealt with. */
  | ({ readonly type: 'task-rescued' } & OnTask)
  | { readonly type: 'rollback-started'; readonly host: string; readonly steps: number }
  | {
      readonly type: 'undo-done';
      readonly host: string;
      readonly step: string;
      readonly say: string;
      /** Where and as whom, as in `step-intended`. */
      readonly on?: string;
      readonly as?: string;
      /** `rollback --check`: it would be taken back, or would not be. */
      readonly planned?: true;
      readonly error?: ErrorData;
      /** What was left of a path, and what somebody has made of it since. */
      readonly diff?: Diff;
    }
  | {
      readonly type: 'rollback-ended';
      readonly host: string;
      readonly undone: number;
      readonly failed: number;
      /** Only what some tasks did was taken back (`--task`). */
      readonly part?: true;
    }
  | { readonly type: 'deadman-armed'; readonly host: string; readonly afterMs: number }
  /** Over a new connection. `address` and `port` when the change has moved the host. */
  | { readonly type: 'deadman-confirmed'; readonly host: string; readonly address?: string; readonly port?: number }
  /** Nobody confirmed in time: the host has taken the run back by itself. */
  | { readonly type: 'deadman-fired'; readonly host: string }
  | {
      readonly type: 'warning';
      readonly host?: string;
      readonly message: string;
      readonly hint?: string;
      /** The run is through, and could not free the host. */
      readonly about?: 'lock-left';
    }
  | ({
      readonly type: 'host-ended';
      readonly host: string;
      readonly roundTrips: number;
      readonly error?: ErrorData;
    } & HostSummary)
  | {
      readonly type: 'run-finished';
      readonly run: string;
      readonly exitCode: number;
      readonly hosts: Readonly<Record<string, HostSummary>>;
    }
);

export type Emit = (event: RunEvent) => void;
