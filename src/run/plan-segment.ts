import { isDeepStrictEqual } from 'node:util';

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
  readonly failure?: { readonly item: T; readonly error: unknown; readonly hasRead: boolean };
}

export interface SegmentOptions {
  readonly host: string;
  /** Who new files belong to. */
  readonly user: string;
  /** A dry run's: it goes on over all segments, since nothing is done. */
  readonly overlay?: Overlay | undefined;
  /** The steps will never be done (`check_mode: true`): what comes later finds the host without them. */
  readonly isTrial?: boolean;
  /** Asks the host; one call is one round trip. */
  readonly read: (queries: readonly Query[]) => Promise<readonly Answer[]>;
}

/**
 * Plans all items of a segment at once. First drafts, on the host as it is: the questions of all items are gathered until
 * every draft waits for an answer, and go to the host together. So a segment costs one round trip, and one more only where
 * questions depend on answers. Then in order, on the host as it will be once the steps before are done: a draft that saw
 * something else is planned anew. Plans may thus be made twice; they only look.
 */
export async function planSegment<T extends Plannable>(
  items: readonly T[],
  options: SegmentOptions,
): Promise<SegmentPlan<T>> {
  const { overlay = new Overlay(options.user) } = options;
  const known = new KnownAnswers(options.read);
  const drafts = items.map((item) => start(item, options.host));
  await settle(drafts, known, overlay);
  const done: PlannedItem<T>[] = [];
  for (const draft of drafts) {
    let plan = isStillRight(draft, known, overlay) ? draft : start(draft.item, options.host);
    await settle([plan], known, overlay);
    // What is missing may be what a command or a package brings.
    if (hasFailed(plan) && overlay.opaque.length > 0) {
      plan = start(draft.item, options.host, true);
      await settle([plan], known, overlay);
    }
    if (plan.outcome === undefined) throw new Error('a plan was not finished');
    if ('error' in plan.outcome) {
      const { item, reader, outcome } = plan;
      return { items: done, failure: { item, error: outcome.error, hasRead: reader.answered.length > 0 } };
    }
    const { planned } = plan.outcome;
    const reads = plan.reader.answered;
    done.push({
      item: plan.item,
      planned,
      reads,
      certain: reads.every(({ query }) => overlay.view(query, known.to(query)).certain),
      assumes: [...overlay.opaque],
    });
    if (options.isTrial !== true) for (const step of planned.steps) overlay.apply(step, options.user);
  }
  return { items: done };
}

interface Started<T> {
  readonly item: T;
  readonly reader: TaskReader;
  readonly settled: Promise<void>;
  outcome: { readonly planned: Planned } | { readonly error: unknown } | undefined;
}

function hasFailed({ outcome }: Started<unknown>): boolean {
  return outcome !== undefined && 'error' in outcome;
}

function start<T extends Plannable>(item: T, host: string, isLenient = false): Started<T> {
  const reader = new TaskReader(host, isLenient);
  const settled = Promise.resolve()
    .then(() => item.plan(reader))
    .then(
      (planned) => void (started.outcome = { planned }),
      (error: unknown) => void (started.outcome = { error }),
    );
  const started: Started<T> = { item, reader, settled, outcome: undefined };
  return started;
}

/** Answers the plans' questions, those of all plans at once, until every plan is finished. */
async function settle(plans: readonly Started<unknown>[], known: KnownAnswers, overlay: Overlay): Promise<void> {
  for (;;) {
    await Promise.all(plans.map(waiting));
    const open = plans.filter(({ outcome }) => outcome === undefined);
    if (open.length === 0) return;
    await known.learn(open.flatMap(({ reader }) => reader.open));
    for (const { reader } of open) reader.answerAll((query) => overlay.view(query, known.to(query)).answer);
  }
}

/** Until the plan is finished or waits for an answer. Files of the controller are read meanwhile. */
async function waiting(plan: Started<unknown>): Promise<void> {
  if (plan.outcome !== undefined || plan.reader.open.length > 0) return;
  await Promise.race([plan.settled, plan.reader.asked]);
}

/** Whether the steps planned since the draft was made leave alone all that it saw. */
function isStillRight({ reader }: Started<unknown>, known: KnownAnswers, overlay: Overlay): boolean {
  return reader.answered.every(({ query, answer }) =>
    isDeepStrictEqual(overlay.view(query, known.to(query)).answer, answer),
  );
}

/** What the host has said so far. */
class KnownAnswers {
  readonly #read: SegmentOptions['read'];
  readonly #answers = new Map<string, Answer>();

  constructor(read: SegmentOptions['read']) {
    this.#read = read;
  }

  /** Asks what is not known yet, in one round trip. */
  async learn(queries: readonly Query[]): Promise<void> {
    const unknown = new Map(queries.map((query) => [queryKey(query), query]));
    for (const key of this.#answers.keys()) unknown.delete(key);
    if (unknown.size === 0) return;
    const answers = await this.#read([...unknown.values()]);
    for (const [i, key] of [...unknown.keys()].entries()) {
      const answer = answers[i];
      if (answer !== undefined) this.#answers.set(key, answer);
    }
  }

  to(query: Query): Answer {
    const answer = this.#answers.get(queryKey(query));
    if (answer === undefined) throw new Error('a question was not answered');
    return answer;
  }
}
