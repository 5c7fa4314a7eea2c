import { dirname } from 'node:path/posix';
import { isDeepStrictEqual } from 'node:util';

import type { Planned } from '../modules/module.ts';
import type { Answer } from '../host/answers.ts';
import type { Answered } from '../host/guard.ts';
import { queryKey } from '../host/query-groups.ts';
import type { Query } from '../host/query.ts';
import { Overlay } from './overlay.ts';
import type { Plannable } from './plannable.ts';
import { isAskedAhead } from './read-ahead.ts';
import { TaskReader } from './task-reader.ts';

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
  /** What was asked ahead, by {@link queryKey}. */
  readonly ahead: ReadonlyMap<string, Answer>;
  /** What will be asked next, as far as it can be told before these steps are done. */
  readonly next: readonly Query[];
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
  /** What the host has said already, by {@link queryKey}. */
  readonly known?: ReadonlyMap<string, Answer>;
  /** What is planned next: its first questions go along with the first ones here. */
  readonly ahead?: readonly Plannable[];
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
  const known = new KnownAnswers(options.read, options.known);
  const drafts = items.map((item) => start(item, options.host));
  const ahead = (options.ahead ?? []).map((item) => start(item, options.host));
  await settle(drafts, known, overlay, ahead);
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
      const failure = { item, error: outcome.error, hasRead: reader.answered.length > 0 };
      return { items: done, failure, ahead: new Map(), next: [] };
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
  const open = ahead.flatMap(({ reader }) => reader.open);
  const next = open.filter(isAskedAhead);
  return { items: done, ahead: known.among(open), next: [...next, ...above(next)] };
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

/**
 * Answers the plans' questions, those of all plans at once, until every plan is finished. What comes `ahead` is only listened to:
 * its first questions are asked too, where something is asked at all.
 */
async function settle(
  plans: readonly Started<unknown>[],
  known: KnownAnswers,
  overlay: Overlay,
  ahead: readonly Started<unknown>[] = [],
): Promise<void> {
  for (;;) {
    await Promise.all([...plans, ...ahead].map(waiting));
    const open = plans.filter(({ outcome }) => outcome === undefined);
    if (open.length === 0) return;
    const asked = open.flatMap(({ reader }) => reader.open);
    await known.learn(asked, [...ahead.flatMap(({ reader }) => reader.open.filter(isAskedAhead)), ...above(asked)]);
    for (const { reader } of open) reader.answerAll((query) => overlay.view(query, known.to(query)).answer);
  }
}

/**
 * What modules ask next where a path is missing: whether it is a link that leads nowhere, and which folders above it are missing, too.
 * The host looks at them in the same process, so that nobody waits for another answer.
 */
function above(queries: readonly Query[]): Query[] {
  const folders = new Set<string>();
  const missing: Query[] = [];
  for (const query of queries) {
    if (query.kind !== 'path' || query.follow !== true) continue;
    if (query.want === undefined) missing.push({ kind: 'path', path: query.path });
    let folder = dirname(query.path);
    for (; folder !== '/' && !folders.has(folder); folder = dirname(folder)) folders.add(folder);
  }
  const around = [...folders].flatMap((path): Query[] => [
    { kind: 'path', path },
    { kind: 'path', path, follow: true },
  ]);
  return [...missing, ...around];
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
  readonly #answers: Map<string, Answer>;

  constructor(read: SegmentOptions['read'], answers: SegmentOptions['known']) {
    this.#read = read;
    this.#answers = new Map(answers);
  }

  /** Asks what is not known yet, in one round trip; and `besides`, but not for its own sake. */
  async learn(queries: readonly Query[], besides: readonly Query[]): Promise<void> {
    const isKnown = (query: Query): boolean => this.#answers.has(queryKey(query));
    if (queries.every(isKnown)) return;
    const unknown = new Map([...queries, ...besides].map((query) => [queryKey(query), query]));
    for (const key of this.#answers.keys()) unknown.delete(key);
    const answers = await this.#read([...unknown.values()]);
    for (const [i, key] of [...unknown.keys()].entries()) {
      const answer = answers[i];
      if (answer !== undefined) this.#answers.set(key, answer);
    }
  }

  /** What is known of these. */
  among(queries: readonly Query[]): ReadonlyMap<string, Answer> {
    const keys = queries.map(queryKey);
    return new Map(
      keys.flatMap((key) => {
        const answer = this.#answers.get(key);
        return answer === undefined ? [] : [[key, answer] as const];
      }),
    );
  }

  to(query: Query): Answer {
    const answer = this.#answers.get(queryKey(query));
    if (answer === undefined) throw new Error('a question was not answered');
    return answer;
  }
}
