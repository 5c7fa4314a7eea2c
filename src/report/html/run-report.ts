import type { ErrorCode } from '../../base/errors.ts';
import type { HostSummary, RunEvent, TaskStatus } from '../../base/event.ts';
import type { Values } from '../../base/value.ts';

/** How a run was asked for and what is known beside its events; the record of the journal has it. */
export interface RunFacts {
  readonly run: string;
  readonly mode: string;
  /** Of k3sbox. */
  readonly version: string;
  readonly playbooks: readonly string[];
  readonly inventories: readonly string[];
  readonly options: Values;
  readonly extraVars: Values;
  /** The working folder on the controller. */
  readonly cwd: string;
  /** ISO 8601. */
  readonly started: string;
  readonly controller: { readonly pid: number; readonly hostname: string };
  /** Who started it, when that is known. */
  readonly user?: string;
  /** Whether its controller is still at work. */
  readonly isAlive: boolean;
  /** Lines of the journal that cannot be read. */
  readonly damaged: number;
  /** The journal ends inside a line: what it told is lost. */
  readonly isCutShort: boolean;
}

/** Into {@link RunReport.texts}. */
export type TextIndex = number;
/** Into {@link RunReport.hosts}. */
export type HostIndex = number;
/** Into {@link RunReport.tasks}. */
export type TaskIndex = number;

/** `open`: it had begun when the journal, or that part of the run, ends. */
export type ResultStatus = TaskStatus | 'open';

/** The order is the meaning of the numbers in {@link Result}. */
export const resultStatuses = [
  'ok',
  'changed',
  'skipped',
  'ignored',
  'failed',
  'unreachable',
  'open',
] as const satisfies readonly ResultStatus[];

/** A task on a host: host, task, status, phase, milliseconds since {@link RunReport.from} and how long, detail or -1. */
export type Result = readonly [
  host: HostIndex,
  task: TaskIndex,
  status: number,
  phase: number,
  startMs: number,
  elapsedMs: number,
  detail: number,
];

/** What there is to say about a result; the same for all where the same happened. */
export interface ResultDetail {
  readonly message?: TextIndex;
  /** The item of a loop. */
  readonly item?: TextIndex;
  readonly error?: ReportedError;
  /** What the exit code means to a shell. */
  readonly meaning?: string;
  readonly steps?: readonly { readonly say: TextIndex; readonly reversible: boolean; readonly diff?: TextIndex }[];
  /** The end of what the task printed. */
  readonly output?: TextIndex;
  /** How often it was tried, when more than once. */
  readonly tries?: number;
}

export interface ReportedError {
  readonly code: ErrorCode;
  readonly message: TextIndex;
  readonly hint?: TextIndex;
  readonly command?: TextIndex;
  readonly output?: TextIndex;
}

/** One go at the run: the run itself, each resumption, each rollback afterwards. Times as in {@link Result}. */
export interface Phase {
  readonly mode: Extract<RunEvent, { type: 'run-started' }>['mode'];
  readonly isResumed: boolean;
  readonly fromMs: number;
  readonly toMs: number;
  /** Undefined when it never came to its end. */
  readonly exitCode?: number;
  readonly waves: readonly Wave[];
}

/** A play without waves has one. */
export interface Wave {
  readonly play: number;
  readonly wave: number;
  readonly waves: number;
  readonly hosts: readonly HostIndex[];
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ReportedTask {
  readonly id: string;
  readonly name: string;
  readonly module: string;
  /** Into {@link RunReport.plays}. */
  readonly play: number;
  /** `file:line`. */
  readonly at?: string;
}

export type ReportedHostStatus = HostSummary['status'] | 'waiting' | 'running' | 'rolling-back';

export interface ReportedHost extends Omit<HostSummary, 'status'> {
  readonly name: string;
  readonly status: ReportedHostStatus;
  /** Tasks that changed it and were taken back whole. */
  readonly takenBack?: readonly TaskIndex[];
}

/** A rollback on a host: host, phase, when, how long, steps taken back, steps that were not. */
export type Rollback = readonly [
  host: HostIndex,
  phase: number,
  startMs: number,
  elapsedMs: number,
  undone: number,
  failed: number,
];

/** Something a timer on the host did: host, phase, when, what. */
export type Deadman = readonly [host: HostIndex, phase: number, atMs: number, what: 'armed' | 'confirmed' | 'fired'];

/** What went wrong on some hosts, what became of it and what is left: the same for all of them, but for what they printed. */
export interface Story {
  readonly hosts: readonly HostIndex[];
  readonly status: ReportedHostStatus;
  /** The task that failed; undefined when the host itself could not be reached or worked with. */
  readonly task?: TaskIndex;
  /** Why, once for all hosts that tell the same; empty when nothing failed. */
  readonly reasons: readonly { readonly detail: number; readonly hosts: readonly HostIndex[] }[];
  /** In the order in which it was taken back; `since` is what somebody had made of it meanwhile. */
  readonly undone: readonly { readonly say: TextIndex; readonly error?: ReportedError; readonly since?: TextIndex }[];
  readonly standing: readonly StandingStep[];
  /** The host has taken the run back by itself. */
  readonly hasFired?: true;
}

/** A step that is still on the host. `intended`: nobody knows whether it was done. */
export interface StandingStep {
  readonly say: TextIndex;
  readonly task: string;
  readonly state: string;
  readonly isReversible: boolean;
}

export interface ReportedWarning {
  readonly message: TextIndex;
  readonly hint?: TextIndex;
  readonly hosts: readonly HostIndex[];
}

export interface SlowTask {
  readonly task: TaskIndex;
  readonly slowestMs: number;
  readonly slowestHost: HostIndex;
  readonly meanMs: number;
  readonly hosts: number;
}

export interface SlowHost {
  readonly host: HostIndex;
  readonly totalMs: number;
  readonly slowestTask: TaskIndex;
  readonly slowestMs: number;
}

/** How it ended, in words. `open`: it has not. */
export interface Verdict {
  readonly kind: 'good' | 'bad' | 'open';
  readonly title: string;
  readonly words: string;
}

/** What to type next, and what for. */
export interface NextCommand {
  readonly why: string;
  readonly command: string;
}

/**
 * A run as its page shows it: made from events and {@link RunFacts} alone, plain data, every text once. What hosts print has been
 * made harmless for terminals and cut; it is still hostile to whoever makes HTML of it.
 */
export interface RunReport {
  readonly format: 1;
  readonly facts: RunFacts;
  readonly title: string;
  readonly verdict: Verdict;
  readonly next: readonly NextCommand[];
  /** The time that all others count from, in milliseconds since 1970. */
  readonly from: number;
  readonly elapsedMs: number;
  readonly phases: readonly Phase[];
  readonly plays: readonly string[];
  readonly tasks: readonly ReportedTask[];
  readonly hosts: readonly ReportedHost[];
  readonly results: readonly Result[];
  readonly details: readonly ResultDetail[];
  readonly rollbacks: readonly Rollback[];
  readonly deadmen: readonly Deadman[];
  readonly stories: readonly Story[];
  readonly warnings: readonly ReportedWarning[];
  readonly slowTasks: readonly SlowTask[];
  readonly slowHosts: readonly SlowHost[];
  readonly texts: readonly string[];
  /** Texts that were left out, since the page had reached its size. */
  readonly leftOut: number;
}
