import type { Step } from '../base/op.ts';
import type { Guard } from './guard.ts';

/** Steps that act together behind one guard: none of them can change what another one's plan rests on unseen. */
export interface ActGroup {
  /** "0003": the group's number on this host, four digits, so that names sort by age. */
  readonly id: string;
  readonly guard: Guard | undefined;
  readonly steps: readonly ActStep[];
}

export interface ActStep {
  /** "0003.1". */
  readonly id: string;
  readonly step: Step;
  /** Stop the batch behind this step: its result decides how to go on. */
  readonly stopAfter?: true;
  /** Keep what its command prints on the host, too: a run that is resumed takes the result from there. */
  readonly record?: true;
}
