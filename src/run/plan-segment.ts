import type { Planned } from '../modules/module.ts';
import type { Answer } from '../host/answers.ts';
import type { Answered } from '../host/guard.ts';
import { queryKey } from '../host/query-groups.ts';
import type { Query } from '../host/query.ts';
import type { HostReader } from '../host/reader.ts';
import { Overlay } from './overlay.ts';
import { TaskReader } from './task-reader.ts';

/** Something that can be planned: a task on a host, or one item of its loop. */
export interface Plannable {
  plan(host: HostReader): Promise<Planned>;
}

/** A task's plan and what it rests on. */
export interface PlannedItem<T extends Plannable> {
  readonly item: T;
  readonly planned: Planned;
  /** What was read, as it will be when the task's turn comes. */
  readonly reads: readonly Answered[];
  /** False: an earlier step may change what this plan rests on, in a way nobody can know. */
  readonly certain: boolean;
  /** Steps before it whose effects are not known; the plan holds if they leave alone what it reads. */
  readonly assumes: readonly string[];
}

export interface SegmentPlan<T extends Plannable> {
  readonly items: readonly PlannedItem<T>[];
  /** The first item that could not be planned; nothing behind it was. */
  readonly failure?: { readonly item: T; readonly error: unknown };
}

export interface SegmentOptions {
  readonly host: string;
  /** Who new files belong to. */
  readonly user: string;
  /** A dry run's: it goes on over all segments, since nothing is done. */
  readonly overlay?: Overlay | undefined;
  /** Asks the host; one call is one round trip. */
  readonly read: (queries: readonly Query[]) => Promise<readonly Answer[]>;
}

/**
 * Plans all items of a segment at once. Their questions are gathered until every plan waits for an answer, and go to the
 * host together; the answers are then given in order, each as it will be once the steps before it are done. So a segment
 * costs one round trip, and a second one only where a question depends on an answer.
 */
export async function planSegment<T extends Plannable>(
  items: readonly T[],
  options: SegmentOptions,
): Promise<SegmentPlan<T>> {
  const { overlay = new Overlay(options.user) } = options;
  const plans = items.map((item) => start(item, options.host));
  const known = new Map<string, Answer>();
  const done: PlannedItem<T>[] = [];
  await Promise.all(plans.map(waiting));
  for (const plan of plans) {
    for (;;) {
      await waiting(plan);
      if (plan.outcome !== undefined) break;
      await ask(plans, known, options.read);
      plan.reader.answerAll((query) => {
        const answer = known.get(queryKey(query));
        if (answer === undefined) throw new Error('a question was not answered');
        return overlay.view(query, answer);
      });
    }
    if ('error' in plan.outcome) return { items: done, failure: { item: plan.item, error: plan.outcome.error } };
    const { planned } = plan.outcome;
    done.push({
      item: plan.item,
      planned,
      reads: plan.reader.answered,
      certain: plan.reader.certain,
      assumes: [...overlay.opaque],
    });
    for (const step of planned.steps) overlay.apply(step);
  }
  return { items: done };
}

interface Started<T> {
  readonly item: T;
  readonly reader: TaskReader;
  readonly settled: Promise<void>;
  outcome: { readonly planned: Planned } | { readonly error: unknown } | undefined;
}

function start<T extends Plannable>(item: T, host: string): Started<T> {
  const reader = new TaskReader(host);
  const settled = Promise.resolve()
    .then(() => item.plan(reader))
    .then(
      (planned) => void (started.outcome = { planned }),
      (error: unknown) => void (started.outcome = { error }),
    );
  const started: Started<T> = { item, reader, settled, outcome: undefined };
  return started;
}

/** Until the plan is finished or waits for an answer. Files of the controller are read meanwhile. */
async function waiting(plan: Started<unknown>): Promise<void> {
  if (plan.outcome === undefined && plan.reader.open.length === 0) {
    await Promise.race([plan.settled, plan.reader.asked]);
  }
}

async function ask<T>(
  plans: readonly Started<T>[],
  known: Map<string, Answer>,
  read: SegmentOptions['read'],
): Promise<void> {
  const open = plans.flatMap(({ reader }) => reader.open);
  const unknown = new Map(open.filter((query) => !known.has(queryKey(query))).map((query) => [queryKey(query), query]));
  if (unknown.size === 0) return;
  const answers = await read([...unknown.values()]);
  for (const [i, key] of [...unknown.keys()].entries()) {
    const answer = answers[i];
    if (answer !== undefined) known.set(key, answer);
  }
}
