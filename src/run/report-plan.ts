import { toK3sboxError } from '../base/errors.ts';
import type { PlannedAction, PlannedStep } from '../base/event.ts';
import type { Step } from '../base/op.ts';
import { sanitise } from '../base/text.ts';
import type { Value } from '../base/value.ts';
import type { Answer } from '../host/answers.ts';
import { differsFromFetched } from './fetched-files.ts';
import type { Entry, Invocation } from './invocation.ts';
import { flagOf } from './keyword-values.ts';
import type { PlannedItem } from './plan-segment.ts';
import { shownStep } from './shown-step.ts';
import { loopResult, resultOf, skippedResult, type TaskResult } from './task-result.ts';

/** What a dry run says about one task on one host. */
export interface TaskPlan {
  readonly action: PlannedAction;
  readonly steps: readonly PlannedStep[];
  /** Why it is not known, or what the plan rests on. */
  readonly note?: string;
  /** The host is not as the task wants it. */
  readonly drift?: true;
  /** What `register` gets; undefined when it is known after apply only. */
  readonly result: TaskResult | undefined;
}

interface Around {
  /** Of the play. */
  readonly folder: string;
  /** Whatever was read was supposed. */
  readonly offline: boolean;
}

/**
 * The plan of a task from the plans of its invocations. What cannot be known without acting is `unknown`, never guessed;
 * what holds unless an earlier command interferes says so.
 */
export function planOfEntry(entry: Entry, items: readonly PlannedItem<Invocation>[], around: Around): TaskPlan {
  if (entry.skipped !== undefined) {
    return { action: 'skip', steps: [], note: entry.skipped, result: skippedResult(entry.skipped) };
  }
  const own = new Map(items.map((item) => [item.item, item]));
  const parts = entry.invocations.map((invocation) => planOfInvocation(invocation, own.get(invocation), around));
  if (parts.length > 0 && parts.every(({ action }) => action === 'skip')) {
    return { action: 'skip', steps: [], ...firstNote(parts), result: resultOfParts(entry, parts) };
  }
  return {
    action: strongest(parts),
    steps: entry.noLog ? [] : parts.flatMap(({ steps }) => steps),
    ...firstNote(parts),
    result: resultOfParts(entry, parts),
  };
}

function planOfInvocation(
  invocation: Invocation,
  item: PlannedItem<Invocation> | undefined,
  { folder, offline }: Around,
): TaskPlan {
  if (invocation.result?.skipped) {
    return { action: 'skip', steps: [], note: invocation.result.message ?? '', result: invocation.result };
  }
  if (item === undefined) return { action: 'unknown', steps: [], note: 'cannot be planned yet', result: undefined };
  const { planned, certain, assumes } = item;
  const steps = planned.steps.map(shownStep);
  if (!certain) {
    return {
      action: 'unknown',
      steps: [],
      note: 'an earlier step changes what it looks at',
      result: undefined,
    };
  }
  if (offline && item.reads.length > 0) return { action: 'unknown', steps, note: notAsked, result: undefined };
  const changing =
    planned.steps.some(({ changes }) => changes !== false) || differsFromFetched(planned.fetched ?? [], folder);
  const note = assumes.length > 0 && item.reads.length > 0 ? assumption(assumes) : planned.message;
  return {
    action: changing ? 'change' : 'none',
    steps,
    ...(note !== undefined && { note: sanitise(note) }),
    result: planned.steps.some(isOpen) ? undefined : predicted(item),
  };
}

const notAsked = 'as if nothing were there: the host was not asked';

/** The plan holds if these leave alone what it rests on. */
function assumption(steps: readonly string[]): string {
  const [first = '', ...others] = steps;
  return `unless it is changed by: ${first}${others.length === 0 ? '' : `, or ${others.length} more`}`;
}

/** Steps whose outcome is part of the result: commands. */
function isOpen(step: Step): boolean {
  return step.do.kind === 'exec';
}

function predicted({ planned }: PlannedItem<Invocation>): TaskResult {
  const result = resultOf({ ...planned, steps: [] }, [], []);
  const changed = planned.steps.some(({ changes }) => changes !== false);
  return { ...result, changed, values: { ...result.values, changed } };
}

function strongest(parts: readonly TaskPlan[]): PlannedAction {
  const actions = new Set(parts.map(({ action }) => action));
  if (actions.has('change')) return 'change';
  return actions.has('unknown') ? 'unknown' : 'none';
}

function firstNote(parts: readonly TaskPlan[]): { readonly note?: string } {
  const note = parts.find((part) => part.note !== undefined && part.note !== '')?.note;
  return note === undefined ? {} : { note };
}

function resultOfParts(entry: Entry, parts: readonly TaskPlan[]): TaskResult | undefined {
  const results = parts.map(({ result }) => result);
  if (results.some((result) => result === undefined)) return undefined;
  if (!entry.isLoop) return results[0];
  const loopVar = entry.task.loop?.loopVar ?? 'item';
  return loopResult(
    results.flatMap((result, i) => {
      const item: Value = entry.invocations[i]?.item ?? null;
      return result === undefined ? [] : [{ ...result, item, loopVar }];
    }),
  );
}

/** The plan of an invocation that failed to plan: wrong as things are, which an earlier task may yet change. */
export function planOfFailure(error: unknown, isSupposed = false): TaskPlan {
  const { message } = toK3sboxError(error);
  const why = isSupposed ? 'cannot be planned without asking the host' : 'would fail as things are now';
  return {
    action: 'unknown',
    steps: [],
    note: `${why}: ${sanitise(message)}`,
    result: undefined,
  };
}

/** `check_mode: false` on a command: it is declared to change nothing, so a dry run runs it. */
export function isReadOnlyCommand({ entry: { task }, scope }: Invocation, steps: readonly Step[]): boolean {
  const [step] = steps;
  const declared = task.checkMode !== undefined && !flagOf(task.checkMode, scope, true);
  return declared && steps.length === 1 && step?.do.kind === 'exec';
}

/** The result of such a command from its answer as a probe. */
export function resultOfProbe(item: PlannedItem<Invocation>, answer: Answer | undefined): TaskResult | undefined {
  if (answer?.kind !== 'probe') return undefined;
  const { exitCode, stdout, stderr } = answer.result;
  const output = { id: '', exitCode, stdout, stderr, timedOut: false, elapsedMs: 0 };
  return resultOf(item.planned, [output], item.planned.steps);
}
