import { TaskFailedError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import type { StepResult } from '../host/act.ts';
import { isInBackground } from '../host/job-script.ts';
import type { EarlierStep } from './earlier-run.ts';
import type { Invocation } from './invocation.ts';
import type { PlannedItem } from './plan-segment.ts';
import type { SegmentPorts } from './segment-ports.ts';
import { isAdoptable, stepKey } from './step-key.ts';
import { isOk } from './task-result.ts';

/** What is left to do of an invocation whose task was begun before the run was interrupted. */
export interface Adopted {
  /** What goes to the host. */
  readonly rest: readonly Step[];
  /** Puts the results of the rest between those that are known already, in the order of the plan. */
  readonly merged: (fresh: readonly StepResult[]) => readonly StepResult[];
  /** Nothing is left to do, and something was done before. */
  readonly isWhole: boolean;
  /** It failed before, and a block has rescued it: it fails again without being run. */
  readonly hasFailed: boolean;
}

interface Part {
  /** Goes to the host; undefined: `result` is known. */
  readonly step: Step | undefined;
  readonly result: StepResult | undefined;
}

/** Which step of which task this is, whenever it runs. */
export function keyOf({ entry, ...invocation }: Invocation, steps: readonly Step[], step: Step): string {
  const item = entry.invocations.findIndex((one) => one.plan === invocation.plan);
  // A command that runs in the background is the only step of its task, and is sent anew to be picked up.
  const index = isInBackground(step) ? 0 : steps.indexOf(step);
  return stepKey({ task: entry.task.id, item, step: index, noLog: entry.noLog }, step);
}

/**
 * Compares a plan with what the host has done before the interruption. What can be seen on the host has been planned for
 * already; a command, a restart or a reboot that came to its end is not done again. Steps that
 * were cut off have been taken back by then (`earlier-run.ts`), as far as the host knows how.
 *
 * @throws TaskFailedError when a command was cut off and nobody knows whether it may run again
 */
export function adopt(
  { item, planned: { steps }, reads }: PlannedItem<Invocation>,
  { earlier: host, adopts, rerun }: Pick<SegmentPorts, 'earlier' | 'adopts' | 'rerun'>,
): Adopted {
  const { earlier } = item.entry;
  const parts = steps.map((step): Part => {
    const anew: Part = { step, result: undefined };
    if (earlier === undefined || !adopts) return anew;
    const before = earlier.stepOf(keyOf(item, steps, step));
    const background = before && inBackground(step, before);
    if (background !== undefined) return background;
    if (!isAdoptable(step, reads.length > 0)) return anew;
    if (before?.state === 'cut-off' && step.do.kind === 'exec') requireRerun(step, rerun);
    if (before?.state !== 'done') return anew;
    // Restarts and handlers follow from changes: one that is made now wants them again.
    const follows = step.do.kind !== 'exec' || 'listen' in item.entry.task;
    const counts = earlier.ended !== undefined || isOk(step, before.result);
    return counts && !(follows && host?.hasActed) ? { step: undefined, result: before.result } : anew;
  });
  const rest = parts.flatMap(({ step }) => step ?? []);
  return {
    rest,
    merged: (fresh) => merged(parts, fresh),
    isWhole: rest.length === 0 && parts.length > 0,
    hasFailed: earlier?.ended?.status === 'failed',
  };
}

/**
 * A command that runs in the background is picked up; one that nobody waits for is there already. Undefined: it is like any
 * other, for it is through, or lost.
 */
function inBackground(step: Step, before: EarlierStep): Part | undefined {
  if (step.do.kind !== 'exec' || step.do.async === undefined || before.job === 'lost') return undefined;
  if (before.state === 'done') return before.job && { step: undefined, result: before.result };
  // Without a job it was cut off before it began.
  const async = before.job === undefined ? step.do.async : { ...step.do.async, pickUp: before.step };
  return { step: { ...step, do: { ...step.do, async } }, result: undefined };
}

/** The host has taken back what it could: this is a command without an undo, or one whose undo has failed. */
function requireRerun(step: Step, rerun: boolean): void {
  if (rerun || step.needsNoUndo || step.changes === false) return;
  throw new TaskFailedError('it was cut off in the middle, and nobody knows how far it came', {
    hint: 'Look at the host; then `k3sbox resume --rerun` runs it once more, `k3sbox rollback` takes the run back. With `undo:` in its task it would have been taken back by itself.',
  });
}

function merged(parts: readonly Part[], fresh: readonly StepResult[]): readonly StepResult[] {
  const results: StepResult[] = [];
  const next = fresh.values();
  for (const { result } of parts) {
    const found = result ?? next.next().value;
    if (found === undefined) break;
    results.push(found);
  }
  return results;
}
