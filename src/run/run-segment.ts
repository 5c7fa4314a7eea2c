import { TaskFailedError, toK3sboxError, type K3sboxError } from '../base/errors.ts';
import type { Answer } from '../host/answers.ts';
import type { Query } from '../host/query.ts';
import { queryKey } from '../host/query-groups.ts';
import { adopt, type Adopted } from './adopt.ts';
import type { Invocation } from './invocation.ts';
import { makeBatch } from './make-batch.ts';
import type { Overlay } from './overlay.ts';
import { perform } from './perform.ts';
import { planSegment, type PlannedItem, type SegmentPlan } from './plan-segment.ts';
import { restartHost } from './restart-host.ts';
import type { SegmentPorts } from './segment-ports.ts';
import { Settling, type Acted } from './settling.ts';

type Item = PlannedItem<Invocation>;

/** How often a segment may be planned again because a host keeps changing under it. */
const replanLimit = 20;

/** Plans a segment's open invocations: all reads in one round trip. */
export async function plan(
  invocations: readonly Invocation[],
  ports: SegmentPorts,
  overlay?: Overlay,
  isTrial = false,
): Promise<SegmentPlan<Invocation>> {
  const as = ports.asOf(firstOf(invocations));
  const planned = await planSegment(invocations, {
    host: ports.host.name,
    user: ports.userOf(as),
    overlay,
    isTrial,
    read: (queries) => ports.read(queries, as),
    known: ports.ahead.take(as),
    ahead: ports.ahead.takeNext(),
  });
  const doesNothing =
    planned.failure === undefined && planned.items.every(({ planned: { steps } }) => steps.length === 0);
  if (doesNothing) ports.ahead.keep(as, planned.ahead);
  return planned;
}

/**
 * Reads, decides and acts until all invocations are through or one has failed for good. Acts go in one write per batch;
 * when a guard does not hold, planning starts again from that invocation.
 * @returns false when a failure ended the segment
 */
export async function runSegment(invocations: readonly Invocation[], ports: SegmentPorts): Promise<boolean> {
  let open = invocations;
  let useless = 0;
  while (open.length > 0) {
    const planned = await plan(open, ports);
    const { done, ok, again } = await act(planned, ports);
    if (!ok) return false;
    // What cannot be planned behind steps that have acted by now may be possible after them.
    const hasActed = planned.items.some(({ planned: { steps } }) => steps.length > 0);
    if (!again && !hasActed && planned.failure !== undefined) {
      if (!ports.fail(planned.failure.item, toK3sboxError(planned.failure.error))) return false;
      open = open.slice(planned.items.length + 1);
    } else {
      open = open.slice(done);
    }
    useless = again && done === 0 ? useless + 1 : 0;
    if (useless >= replanLimit) {
      const error = new TaskFailedError('what the task reads keeps changing on the host, faster than it can act');
      return ports.fail(firstOf(open), error);
    }
  }
  return true;
}

async function act({ items, next }: SegmentPlan<Invocation>, ports: SegmentPorts): Promise<Acted> {
  let done = 0;
  while (done < items.length) {
    const run = sameUser(items.slice(done), ports);
    const outcome = await actAs(run, done + run.length < items.length ? [] : next, ports);
    done += outcome.done;
    if (!outcome.ok || outcome.again) return { done, ok: outcome.ok, again: outcome.again };
  }
  return { done, ok: true, again: false };
}

/** The items from the first that act as the same user: one batch goes to one session. */
function sameUser(items: readonly Item[], ports: SegmentPorts): readonly Item[] {
  const [first] = items;
  const user = first && ports.asOf(first.item)?.user;
  const end = items.findIndex(({ item }) => ports.asOf(item)?.user !== user);
  return end < 0 ? items : items.slice(0, end);
}

/** `next`: what is asked when all items are through. */
async function actAs(items: readonly Item[], next: readonly Query[], ports: SegmentPorts): Promise<Acted> {
  const as = ports.asOf(firstOf(items).item);
  for (const [i, item] of items.entries()) {
    const before = items.slice(0, i).flatMap(({ planned }) => planned.steps);
    const refusal = ports.refusal(item, before);
    if (refusal !== undefined) return { done: 1, ok: ports.fail(item.item, refusal), again: false };
  }
  const rebooting = items.findIndex(({ planned }) => planned.steps.some(({ do: op }) => op.kind === 'reboot'));
  if (rebooting === 0) return { done: 1, ok: await restartHost(firstOf(items), as, ports), again: true };
  const upTo = rebooting < 0 ? items : items.slice(0, rebooting);
  const adopted = adoptAll(upTo, ports);
  if ('error' in adopted) return { done: 1, ok: ports.fail(firstOf(upTo).item, adopted.error), again: false };
  const covered = upTo.slice(0, adopted.length);
  const batch = makeBatch(
    covered.map(({ item, reads }, i) => ({
      steps: adopted[i]?.rest ?? [],
      reads,
      stopAfter: ports.isJudged(item),
      record: reads.length === 0 && !item.entry.noLog,
    })),
    () => ports.host.groups.next(as),
  );
  const settling = new Settling(covered, adopted, batch, ports);
  if (!settling.start()) return { done: 0, ok: false, again: false };
  const isAll = batch.covered === items.length;
  const { changedGroup, answers } = await perform(batch, (index) => firstOf(covered.slice(index)), as, ports, {
    listener: settling,
    asks: isAll && next.length > 0 ? next : undefined,
  });
  const acted = settling.finish(changedGroup);
  if (answers !== undefined && acted.ok && !acted.again) ports.ahead.keep(as, keyed(next, answers));
  return acted;
}

/**
 * What is left of each item in a resumed run; all of it in any other. Ends behind a task that is judged by what it did before,
 * or whose failure a block has rescued: the ones behind it wait for that. The error is that of the first item.
 */
function adoptAll(items: readonly Item[], ports: SegmentPorts): readonly Adopted[] | { readonly error: K3sboxError } {
  const adopted: Adopted[] = [];
  for (const item of items) {
    try {
      const one = adopt(item, ports);
      adopted.push(one);
      if (one.isWhole && (ports.isJudged(item.item) || one.hasFailed)) break;
    } catch (thrown) {
      if (adopted.length === 0) {
        if (ports.earlier !== undefined) ports.earlier.isUndecided = true;
        return { error: toK3sboxError(thrown) };
      }
      break;
    }
  }
  return adopted;
}

function keyed(queries: readonly Query[], answers: readonly Answer[]): ReadonlyMap<string, Answer> {
  return new Map(answers.flatMap((answer, i) => queries.slice(i, i + 1).map((query) => [queryKey(query), answer])));
}

function firstOf<T>(items: readonly T[]): T {
  const [first] = items;
  if (first === undefined) throw new Error('a segment is never empty');
  return first;
}
