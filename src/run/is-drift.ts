import type { Op, Step } from '../base/op.ts';
import type { Answered } from '../host/guard.ts';
import type { Task } from '../playbook/playbook.ts';

/** Steps that a module planned, and what it had read for them. */
interface PlannedSteps {
  readonly steps: readonly Step[];
  readonly reads: readonly Answered[];
}

/**
 * Whether a task that would change something says by that, that the host is not as it should be: not when it acts whatever
 * it finds, as bare commands and restarts do, and not when it is a handler, which only follows others.
 */
export function isDrift(task: Pick<Task, 'id'>, items: readonly PlannedSteps[]): boolean {
  if ('listen' in task) return false;
  return items.some(({ steps, reads }) =>
    steps.some((step) => step.changes !== false && !isOfMoment(step, reads) && restoresState(step.do, reads)),
  );
}

/** A step that needs no way back and rests on what changes by itself: fetching lists of packages that have become old. */
export function isOfMoment(step: Step, reads: readonly Answered[]): boolean {
  const restsOnMoment = reads.some(({ query }) => query.kind === 'probe' && query.unguarded);
  return restsOnMoment && step.needsNoUndo === true;
}

function restoresState(op: Op, reads: readonly Answered[]): boolean {
  switch (op.kind) {
    case 'exec':
      return reads.length > 0;
    case 'unit':
      return !['restart', 'reload', 'daemon-reload'].includes(op.verb);
    case 'wait':
    case 'reboot':
      return false;
    default:
      return true;
  }
}
