import type { RunEvent } from '../base/event.ts';
import type { Value } from '../base/value.ts';
import type { Host } from '../host/host.ts';
import type { HostScope } from '../plan/host-scope.ts';
import type { Include, Task } from '../playbook/playbook.ts';
import type { DeadmanScope } from './deadman-scope.ts';
import type { EarlierHost } from './earlier-run.ts';
import type { Background } from './background.ts';
import type { HostTally } from './host-tally.ts';
import type { Overlay } from './overlay.ts';
import type { WaveContext } from './run-context.ts';

/** What tasks know of the host's way through the play that they are part of. */
export interface HostContext {
  readonly host: Host;
  readonly wave: WaveContext;
  readonly scope: HostScope;
  /** In a resumed run: the host's way so far. */
  readonly earlier: EarlierHost | undefined;
  readonly tally: HostTally;
  /** Commands that were started and are not waited for. */
  readonly background: Background;
  /** The dead-man switch that its tasks act under. */
  readonly guard: DeadmanScope | undefined;
  /** Registered variables that a dry run cannot know. */
  readonly unknown: Set<string>;
  /** The state that a dry run's steps would have led to. */
  readonly overlay: Overlay | undefined;
  /** Why, in a dry run, it is not known whether tasks run here at all. */
  readonly doubt: string | undefined;
  /** A dry run found a task that would fail as things are. */
  foreseeFailure(): void;
  emit(event: RunEvent): void;
  /** Remembers handlers for the next flush. */
  notify(task: Task, names: readonly string[]): void;
  /** What a task needs that a dry run cannot know. */
  unknownNeeds(task: Task): readonly string[];
  /** Whether a dry run knows that the task is skipped, although it cannot know all that its condition needs. */
  isOff(node: Task | Include): boolean;
  /** What `meta` tells the engine itself. */
  obey(action: Value | undefined): void;
}
