import type { RunEvent } from '../../base/event.ts';
import type { Control } from '../../journal/control.ts';
import type { HostOutcome } from '../rollout/rollout-machine.ts';

/** What one host does in one play: names alone, so that another process that has read the same files can do it. */
export interface HostPart {
  /** Its number among the plays of the run, from 0. */
  readonly play: number;
  /** From 0. */
  readonly wave: number;
  readonly host: string;
}

/** Where a run is written down. */
export interface RunJournal {
  /** Writes an event down. @throws UsageError when it cannot be, LockedError when the run is {@link FleetBackend.lost} */
  append(event: RunEvent): void;
  /**
   * Resolves when everything appended so far survives a crash of this machine: awaited between intent and act. So a controller that
   * was replaced does nothing any more. @throws LockedError when another one leads the run by now
   */
  synced(): Promise<void>;
}

/**
 * Between the rollout, which decides which host is next, and whoever does it: where, and by which process, is not the rollout's
 * business. A host's lease is no part of it: that is the lock on the host itself, which holds whatever becomes of the controllers.
 *
 * Who makes one leads its run: no other controller does, until it is closed.
 */
export interface FleetBackend {
  /** Undefined for a dry run, which leaves nothing behind. */
  readonly journal: RunJournal | undefined;
  /** Fires when another controller leads the run by now: this one lets go of everything. */
  readonly lost: AbortSignal;
  /** Does parts from now on with `work`, which never rejects; once for each play. */
  serve(work: (part: HostPart) => Promise<HostOutcome>): void;
  /** Has a part done, once somebody serves, and resolves with what came of it. How many at a time is the rollout's window. */
  dispatch(part: HostPart): Promise<HostOutcome>;
  /** Hears what somebody at another terminal wants of the run; returns how to listen no more. */
  onControl(listener: (action: Control) => void): () => void;
  /** Lets go of the run: what was appended is on the disk then. */
  close(): Promise<void>;
}
