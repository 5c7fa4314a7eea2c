import type { K3sboxError } from '../base/errors.ts';
import type { Emit } from '../base/event.ts';
import type { Host } from '../host/host.ts';
import type { TaskFiles } from '../plan/local-files.ts';
import type { Play, Task } from '../playbook/playbook.ts';
import type { Approved } from './approved.ts';
import type { DeadmanScope } from './deadman-scope.ts';
import type { EarlierRun } from './earlier-run.ts';
import type { Ledger } from './ledger.ts';
import type { Overlay } from './overlay.ts';

import type { PlannedTask } from './planned-task.ts';
import type { Throttles } from './throttles.ts';
import type { WaveSync } from './wave-sync.ts';

/** How far a run goes: `plan` shows, `check` reports as if it had been done, `run` does it. */
export type RunMode = 'run' | 'check' | 'plan';

/** What is the same for all hosts of a run. */
export interface RunContext {
  readonly run: string;
  readonly mode: RunMode;
  readonly emit: Emit;
  /** Resolves when the events emitted so far survive a crash of the controller: awaited between intent and act. */
  readonly journaled: () => Promise<void>;
  /** Ctrl-C: no new work; what runs is ended. */
  readonly signal: AbortSignal;
  /** The connection to a host that something is done on for `origin`, which may be another host. @throws ConfigError */
  readonly hostNamed: (name: string, origin: string) => Host;
  /** Texts without the secrets that are known. */
  readonly redact: (text: string) => string;
  readonly filesFor: (task: Pick<Task, 'folders'>) => TaskFiles;
  /** `--step`: asks before each task; false skips it. */
  readonly confirm: ((question: string) => Promise<boolean>) | undefined;
  /** What a dry run knows of each host, over all plays. */
  readonly dryState: Map<string, DryState>;
  /** Everything that this run may have changed, by origin host, oldest first. */
  readonly ledger: Ledger;
  /** How many hosts at once may do something, or go back from it. */
  readonly throttles: Throttles;
  /** Dead-man switches that may be armed and are not confirmed, by host. */
  readonly guards: Map<string, DeadmanScope>;
  /** When an interrupted run goes on: what was done before. */
  readonly earlier: EarlierRun | undefined;
  /** A name of its own for each time that a host comes to a task, by host and task id. */
  readonly uniqueFor: (host: string, task: string) => string;
  /** A dry run that reaches no host. */
  readonly offline: boolean;
  /** When a saved plan is applied: what it allows. */
  readonly approved: Approved | undefined;
  /** A dry run tells all that it finds out, secrets included. */
  readonly onPlanned: ((planned: PlannedTask) => void) | undefined;
}

/** How a host would be by now, and what of it cannot be known. */
export interface DryState {
  readonly overlay: Overlay;
  readonly unknown: Set<string>;
}

/** What is the same for all hosts of a wave. */
export interface WaveContext {
  readonly run: RunContext;
  readonly play: Play;
  readonly hosts: readonly string[];
  readonly sync: WaveSync;
  /** Why hosts begin no further task (`any_errors_fatal`); what is running ends first, and `always` still runs. */
  readonly stopped: () => K3sboxError | undefined;
  /** Limits of tasks with `throttle`, by task id. */
  readonly throttled: <T>(task: Task, act: () => Promise<T>) => Promise<T>;
}
