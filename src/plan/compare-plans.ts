import type { Diff } from '../base/op.ts';
import type { SavedHost, SavedStep, SavedTask } from './saved-plan.ts';

/** One thing that is not as it was when the plan was made. */
export interface Difference {
  /** The task's name. */
  readonly task: string;
  readonly at?: string;
  /** What is different, after the task's name: "/etc/motd is not as it was". */
  readonly what: string;
  /** What changed, where both texts are known: of the host since, or of what would be done. */
  readonly diff?: Diff;
}

/** How a host differs from its plan; empty when the plan still holds. What a plan does not know is not compared. Pure. */
export function compareHosts(then: SavedHost, now: SavedHost): readonly Difference[] {
  const before = grouped(then.tasks);
  const after = grouped(now.tasks);
  const found: Difference[] = [];
  for (const [id, tasks] of before) {
    const others = after.get(id) ?? [];
    for (const [i, task] of tasks.entries()) {
      const other = others[i];
      found.push(...(other === undefined ? [of(task, 'is no longer done on this host')] : compareTasks(task, other)));
    }
  }
  for (const [id, tasks] of after) {
    for (const task of tasks.slice(before.get(id)?.length ?? 0)) found.push(of(task, 'is done on this host now, too'));
  }
  return found;
}

/** By identity; a task that a loop of includes repeats comes several times. */
function grouped(tasks: readonly SavedTask[]): ReadonlyMap<string, readonly SavedTask[]> {
  const groups = new Map<string, SavedTask[]>();
  for (const task of tasks) {
    const group = groups.get(task.id);
    if (group === undefined) groups.set(task.id, [task]);
    else group.push(task);
  }
  return groups;
}

function of({ name, at }: SavedTask, what: string, diff?: Diff): Difference {
  return { task: name, ...(at !== undefined && { at }), what, ...(diff && { diff }) };
}

function compareTasks(then: SavedTask, now: SavedTask): readonly Difference[] {
  const [first, ...others] = changedReads(then, now);
  if (first !== undefined) {
    return [
      of(now, `${first} is not as it was`, hostDiff(then, now)),
      ...others.map((label) => of(now, `${label} is not as it was`)),
    ];
  }
  const [was, is] = [actionOf(then), actionOf(now)];
  if (was !== is) return [of(now, `${wordsThen[was]}, and ${wordsNow[is]}`)];
  if (was === 'unknown') return [];
  return changedSteps(then, now).map((what) => of(now, what, wantedDiff(then, now)));
}

/** A task that would only do what the moment asks for has nothing to do. */
function actionOf({ action, steps }: SavedTask): SavedTask['action'] {
  return action === 'change' && !steps.some(({ digest }) => digest !== undefined) ? 'none' : action;
}

const wordsThen = {
  none: 'had nothing to do',
  change: 'was to change something',
  unknown: 'was to be known after apply',
  skip: 'was to be skipped',
} as const;

const wordsNow = {
  none: 'has nothing to do now',
  change: 'would change something now',
  unknown: 'cannot be known now',
  skip: 'would be skipped now',
} as const;

/** Labels of what was answered otherwise, or was asked only one of the two times. */
function changedReads(then: SavedTask, now: SavedTask): readonly string[] {
  const known = new Set(then.reads.map(readKey));
  const fresh = new Set(now.reads.map(readKey));
  const changed = [
    ...then.reads.filter((read) => !fresh.has(readKey(read))),
    ...now.reads.filter((read) => !known.has(readKey(read))),
  ];
  return [...new Set(changed.map(({ of: label }) => label))];
}

function readKey({ of: label, digest }: SavedTask['reads'][number]): string {
  return `${digest} ${label}`;
}

function changedSteps(then: SavedTask, now: SavedTask): readonly string[] {
  const left = without(then.steps, now.steps).map(({ say }) => say);
  const added = without(now.steps, then.steps).map(({ say }) => say);
  // Another content of the same file says the same.
  const both = left.filter((say) => added.includes(say));
  return [
    ...both.map((say) => `would ${say}, but otherwise than planned`),
    ...left.filter((say) => !both.includes(say)).map((say) => `would no longer ${say}`),
    ...added.filter((say) => !both.includes(say)).map((say) => `would now ${say}`),
  ];
}

/** Steps without a digest depend on the moment. */
function without(steps: readonly SavedStep[], others: readonly SavedStep[]): readonly SavedStep[] {
  const digests = new Set(others.map(({ digest }) => digest));
  return steps.filter(({ digest }) => digest !== undefined && !digests.has(digest));
}

/** How the host has changed, as far as the diffs of both plans show it. */
function hostDiff(then: SavedTask, now: SavedTask): Diff | undefined {
  const [old, fresh] = [diffsOf(then), diffsOf(now)];
  for (const [name, { before, after }] of fresh) {
    // Where nothing was to be done, the host was as wanted: that is the text of then.
    const was = old.get(name)?.before ?? (then.action === 'none' ? after : before);
    if (was !== before) return { of: name, before: was, after: before };
  }
  // By now it is as the plan wanted it, although nobody applied the plan.
  return now.action === 'none' ? [...old.values()].find((diff) => diff.before !== diff.after) : undefined;
}

/** How what would be written has changed. */
function wantedDiff(then: SavedTask, now: SavedTask): Diff | undefined {
  const old = diffsOf(then);
  for (const [name, { after }] of diffsOf(now)) {
    const was = old.get(name)?.after;
    if (was !== undefined && was !== after) return { of: name, before: was, after };
  }
  return undefined;
}

function diffsOf({ steps }: SavedTask): ReadonlyMap<string, Diff> {
  return new Map(steps.flatMap(({ diff }) => (diff === undefined ? [] : [[diff.of, diff]])));
}
