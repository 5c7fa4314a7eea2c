import type { K3sboxError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import type { StepResult } from '../host/act.ts';
import type { Answer } from '../host/answers.ts';
import type { Host, RunAs } from '../host/host.ts';
import type { Query } from '../host/query.ts';
import type { DeadmanScope } from './deadman-scope.ts';
import type { EarlierHost } from './earlier-run.ts';
import type { Invocation } from './invocation.ts';
import type { PlannedItem } from './plan-segment.ts';
import type { ReadAhead } from './read-ahead.ts';
import type { TaskResult } from './task-result.ts';

/** What a segment needs of the host's run around it. */
export interface SegmentPorts {
  readonly host: Host;
  /** Names the undo log on the host. */
  readonly runName: string;
  readonly userOf: (as: RunAs) => string;
  readonly asOf: (invocation: Invocation) => RunAs;
  readonly isJudged: (invocation: Invocation) => boolean;
  readonly signal: AbortSignal;
  /** The dead-man switch that acts on this host stand under. */
  readonly guard: DeadmanScope | undefined;
  /** Write-ahead: resolves when the intent is in the journal. */
  readonly intend: (steps: readonly IntendedStep[], as: RunAs) => Promise<void>;
  /** In a resumed run: the host's way so far. */
  readonly earlier: EarlierHost | undefined;
  /** What was done before counts: not when a task is tried again, since its last try was not good enough. */
  readonly adopts: boolean;
  /** Commands that were cut off are run again, whatever they are. */
  readonly rerun: boolean;
  /** Asks the host, or says what an offline plan supposes; one call is one round trip. */
  readonly read: (queries: readonly Query[], as: RunAs) => Promise<readonly Answer[]>;
  readonly ahead: ReadAhead;
  /** Why an item must not act behind these steps: it is not what the plan says that is applied. */
  readonly refusal: (item: PlannedItem<Invocation>, before: readonly Step[]) => K3sboxError | undefined;
  /** Tells the operator of something that is no failure. */
  readonly warn: (message: string) => void;
  readonly onBegin: (invocation: Invocation, step: string) => void;
  readonly onOutput: (invocation: Invocation, stream: 'stdout' | 'stderr', data: Buffer) => void;
  readonly onStep: (invocation: Invocation, step: Step, result: StepResult) => void;
  /** Takes an invocation's result; false when it failed in a way that ends the segment. */
  readonly finish: (invocation: Invocation, planned: PlannedItem<Invocation>, result: TaskResult) => boolean;
  readonly fail: (invocation: Invocation, error: K3sboxError) => boolean;
}

/** A step that is about to run. */
export interface IntendedStep {
  readonly id: string;
  readonly step: Step;
  readonly invocation: Invocation;
  readonly key: string;
}
