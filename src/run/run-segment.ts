import { TaskFailedError, toK3sboxError, UnreachableError, type K3sboxError } from '../base/errors.ts';
import { isReversible, type RebootOp, type Step } from '../base/op.ts';
import type { ActOutcome, StepResult } from '../host/act.ts';
import type { Host, RunAs } from '../host/host.ts';
import type { Invocation } from './invocation.ts';
import { makeBatch, type Batch } from './make-batch.ts';
import type { Overlay } from './overlay.ts';
import { planSegment, type PlannedItem, type SegmentPlan } from './plan-segment.ts';
import { isOk, resultOf, type TaskResult } from './task-result.ts';

/** What a segment needs of the host's run around it. */
export interface SegmentPorts {
  readonly host: Host;
  /** Names the undo log on the host. */
  readonly runName: string;
  readonly userOf: (as: RunAs) => string;
  readonly asOf: (invocation: Invocation) => RunAs;
  readonly isJudged: (invocation: Invocation) => boolean;
  readonly signal: AbortSignal;
  /** Write-ahead: resolves when the intent is in the journal. */
  readonly intend: (
    steps: readonly { readonly id: string; readonly step: Step; readonly invocation: Invocation }[],
    as: RunAs,
  ) => Promise<void>;
  readonly onBegin: (invocation: Invocation, step: string) => void;
  readonly onOutput: (invocation: Invocation, stream: 'stdout' | 'stderr', data: Buffer) => void;
  readonly onStep: (invocation: Invocation, step: Step, result: StepResult) => void;
  /** Takes an invocation's result; false when it failed in a way that ends the segment. */
  readonly finish: (invocation: Invocation, planned: PlannedItem<Invocation>, result: TaskResult) => boolean;
  readonly fail: (invocation: Invocation, error: K3sboxError) => boolean;
}

type Item = PlannedItem<Invocation>;

/** How often a segment may be planned again because a host keeps changing under it. */
const replanLimit = 20;

/** Plans a segment's open invocations: all reads in one round trip. */
export function plan(
  invocations: readonly Invocation[],
  ports: SegmentPorts,
  overlay?: Overlay,
): Promise<SegmentPlan<Invocation>> {
  const as = ports.asOf(firstOf(invocations));
  return planSegment(invocations, {
    host: ports.host.name,
    user: ports.userOf(as),
    overlay,
    read: (queries) => ports.host.read(queries, as, ports.signal),
  });
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
    const { done, ok, again } = await act(planned.items, ports);
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

interface Acted {
  /** Invocations that are through, from the first. */
  readonly done: number;
  readonly ok: boolean;
  /** A guard did not hold: plan again from `done`. */
  readonly again: boolean;
}

async function act(items: readonly Item[], ports: SegmentPorts): Promise<Acted> {
  let done = 0;
  while (done < items.length) {
    const run = sameUser(items.slice(done), ports);
    const outcome = await actAs(run, ports);
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

async function actAs(items: readonly Item[], ports: SegmentPorts): Promise<Acted> {
  const as = ports.asOf(firstOf(items).item);
  const rebooting = items.findIndex(({ planned }) => planned.steps.some(({ do: op }) => op.kind === 'reboot'));
  if (rebooting === 0) return reboot(firstOf(items), as, ports);
  const upTo = rebooting < 0 ? items : items.slice(0, rebooting);
  const batch = makeBatch(
    upTo.map(({ item, planned, reads }) => ({ steps: planned.steps, reads, stopAfter: ports.isJudged(item) })),
    () => ports.host.nextGroup(as),
  );
  const { results, changedGroup } = await perform(batch, (index) => firstOf(upTo.slice(index)).item, as, ports);
  return settle(upTo, batch, results, ports, changedGroup);
}

/** Journals what is meant, then does it. */
async function perform(
  batch: Batch,
  itemAt: (index: number) => Invocation,
  as: RunAs,
  ports: SegmentPorts,
): Promise<ActOutcome> {
  if (batch.groups.length === 0) return { results: [] };
  const steps = batch.groups.flatMap((group) => group.steps);
  const invocationOf = (id: string): Invocation => itemAt(batch.itemOf.get(id) ?? 0);
  const intended = steps.map(({ id, step }) => ({ id, step, invocation: invocationOf(id) }));
  await ports.intend(intended, as);
  const stepOf = new Map(steps.map(({ id, step }) => [id, step]));
  let latest: Invocation | undefined;
  try {
    return await ports.host.act(batch.groups, as, {
      run: ports.runName,
      signal: ports.signal,
      onBegin: (id) => {
        latest = invocationOf(id);
        ports.onBegin(latest, id);
      },
      onOutput: (id, stream, data) => ports.onOutput(invocationOf(id), stream, data),
      onEnd: (result) => {
        const step = stepOf.get(result.id);
        if (step !== undefined) ports.onStep(invocationOf(result.id), step, result);
      },
    });
  } catch (thrown) {
    const error = toK3sboxError(thrown);
    if (error.code === 'unreachable') ports.fail(latest ?? itemAt(0), latest ? whileActing(error) : error);
    throw thrown;
  }
}

function whileActing({ message, hint, cause }: K3sboxError): UnreachableError {
  return new UnreachableError(`${message}; how far this came is not known`, { hint, cause });
}

/** Turns the results of steps into results of invocations, in order, as far as the batch came. */
function settle(
  items: readonly Item[],
  batch: Batch,
  results: readonly StepResult[],
  ports: SegmentPorts,
  changedGroup?: number,
): Acted {
  const limit = changedGroup === undefined ? batch.covered : (batch.firstItems[changedGroup] ?? 0);
  const resultsOf = (index: number): StepResult[] => results.filter(({ id }) => batch.itemOf.get(id) === index);
  for (const [index, item] of items.entries()) {
    if (index >= limit) return { done: index, ok: true, again: changedGroup !== undefined };
    const own = resultsOf(index);
    const result = resultOf(item.planned, own, item.planned.steps);
    if (own.length < item.planned.steps.length && !result.failed) return { done: index, ok: true, again: true };
    if (!ports.finish(item.item, item, result)) return { done: index, ok: false, again: false };
    // The host stopped here; what the failure leaves standing is planned on the state as it is now.
    if (own.some((step, i) => !isOk(item.planned.steps[i], step))) return { done: index + 1, ok: true, again: true };
  }
  return { done: items.length, ok: true, again: false };
}

/** A task that restarts the machine, with what it waits for before and after: each part by itself. */
async function reboot(item: Item, as: RunAs, ports: SegmentPorts): Promise<Acted> {
  const results: StepResult[] = [];
  for (const step of item.planned.steps) {
    results.push(
      ...(await (step.do.kind === 'reboot' ? restart(item, step, step.do, as, ports) : alone(item, step, as, ports))),
    );
    const last = results.at(-1);
    if (last !== undefined && !isOk(step, last)) break;
  }
  const ok = ports.finish(item.item, item, resultOf(item.planned, results, item.planned.steps));
  return { done: 1, ok, again: true };
}

async function alone(item: Item, step: Step, as: RunAs, ports: SegmentPorts): Promise<readonly StepResult[]> {
  const batch = makeBatch([{ steps: [step], reads: [], stopAfter: false }], () => ports.host.nextGroup(as));
  return (await perform(batch, () => item.item, as, ports)).results;
}

async function restart(
  item: Item,
  step: Step,
  op: RebootOp,
  as: RunAs,
  ports: SegmentPorts,
): Promise<readonly StepResult[]> {
  const id = ports.host.nextGroup(as);
  await ports.intend([{ id, step, invocation: item.item }], as);
  ports.onBegin(item.item, id);
  const begun = performance.now();
  await ports.host.reboot(op, as);
  const elapsedMs = performance.now() - begun;
  const result: StepResult = { id, exitCode: 0, timedOut: false, stdout: '', stderr: '', elapsedMs };
  ports.onStep(item.item, step, result);
  return [result];
}

function firstOf<T>(items: readonly T[]): T {
  const [first] = items;
  if (first === undefined) throw new Error('a segment is never empty');
  return first;
}

/** What is stored and shown of a step. */
export function shownStep(step: Step): {
  readonly say: string;
  readonly reversible: boolean;
  readonly diff?: NonNullable<Step['diff']>;
} {
  return { say: step.say, reversible: isReversible(step), ...(step.diff && { diff: step.diff }) };
}
