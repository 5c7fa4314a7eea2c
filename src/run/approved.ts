import { StaleError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import type { Answered } from '../host/guard.ts';
import type { SavedHost } from '../plan/saved-plan.ts';
import type { Task } from '../playbook/playbook.ts';
import { digestOf } from './saved-task.ts';

/** What a saved plan allows. */
export interface Approved {
  /** Why a task may not take these steps on a host; undefined when it may. */
  refusal(host: string, task: Pick<Task, 'id' | 'name'>, item: PlannedSteps): StaleError | undefined;
}

interface PlannedSteps {
  readonly steps: readonly Step[];
  readonly reads: readonly Answered[];
}

interface Allowed {
  /** Known after apply: anything is allowed. */
  isOpen: boolean;
  readonly digests: Set<string>;
}

/**
 * The steps of a plan as a law: a task may take those that were planned for it on that host, and no other. What the plan
 * marked as known after apply is free, and so are the tasks of an include that it could not look into.
 */
export function approvedBy(hosts: Readonly<Record<string, SavedHost>>, salt: string): Approved {
  const known = new Map(Object.entries(hosts).map(([name, host]) => [name, allowedOn(host)]));
  return {
    refusal(host, task, { steps, reads }) {
      const tasks = known.get(host) ?? new Map<string, Allowed>();
      if (isOpen(task.id, tasks)) return undefined;
      const digests = tasks.get(task.id)?.digests ?? new Set();
      const other = steps.find((step) => {
        const digest = digestOf(step, reads, salt);
        return digest !== undefined && !digests.has(digest);
      });
      return other && stale(task.name, other);
    },
  };
}

function allowedOn({ tasks }: SavedHost): ReadonlyMap<string, Allowed> {
  const allowed = new Map<string, Allowed>();
  for (const { id, action, steps } of tasks) {
    const one = allowed.get(id) ?? { isOpen: false, digests: new Set<string>() };
    allowed.set(id, one);
    one.isOpen ||= action === 'unknown';
    for (const { digest } of steps) if (digest !== undefined) one.digests.add(digest);
  }
  return allowed;
}

/** Ids of tasks begin with that of the include that brings them. */
function isOpen(id: string, tasks: ReadonlyMap<string, Allowed>): boolean {
  const parts = id.split('/');
  return parts.some((_part, i) => tasks.get(parts.slice(0, i + 1).join('/'))?.isOpen === true);
}

function stale(task: string, { say }: Step): StaleError {
  return new StaleError(`task "${task}" would now ${say}, which is not in the plan`, {
    hint: 'Something it rests on has changed since the plan was checked. Make the plan again.',
  });
}
