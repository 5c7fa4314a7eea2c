import { toK3sboxError, UnreachableError, type K3sboxError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import type { ActOptions, ActOutcome, StepResult } from '../host/act.ts';
import type { RunAs } from '../host/host.ts';
import type { Query } from '../host/query.ts';
import { keyOf } from './adopt.ts';
import { followStarted, startedBy } from './follow-started.ts';
import type { Invocation } from './invocation.ts';
import type { Batch } from './make-batch.ts';
import type { PlannedItem } from './plan-segment.ts';
import type { IntendedStep, SegmentPorts } from './segment-ports.ts';

interface PerformOptions {
  /** Hears of steps while the batch runs. */
  readonly listener?: { began(step: string): void; ended(result: StepResult): void };
  /** What is asked when all of it is done, in the same round trip. */
  readonly asks?: readonly Query[] | undefined;
}

/** Journals what is meant, then does it. */
export async function perform(
  batch: Batch,
  itemAt: (index: number) => PlannedItem<Invocation>,
  as: RunAs,
  ports: SegmentPorts,
  { listener, asks }: PerformOptions = {},
): Promise<ActOutcome> {
  if (batch.groups.length === 0) return { results: [] };
  const steps = batch.groups.flatMap((group) => group.steps);
  const itemOf = (id: string): PlannedItem<Invocation> => itemAt(batch.itemOf.get(id) ?? 0);
  const invocationOf = (id: string): Invocation => itemOf(id).item;
  await ports.intend(
    steps.map(({ id, step }) => intendedStep(id, step, itemOf(id))),
    as,
  );
  for (const { id, step } of steps) if (step.changes !== false) noteActing(invocationOf(id), ports);
  const stepOf = new Map(steps.map(({ id, step }) => [id, step]));
  let latest: Invocation | undefined;
  const ended = (result: StepResult): void => {
    const step = stepOf.get(result.id);
    if (step !== undefined) ports.onStep(invocationOf(result.id), step, result);
    listener?.ended(result);
  };
  const onOutput: ActOptions['onOutput'] = (id, stream, data) => ports.onOutput(invocationOf(id), stream, data);
  try {
    const outcome = await ports.host.act(batch.groups, as, {
      run: ports.runName,
      signal: ports.signal,
      asks,
      deadman: ports.guard?.forBatch(
        as,
        steps.some(({ step }) => step.changes !== false),
      ),
      onBegin: (id) => {
        latest = invocationOf(id);
        ports.onBegin(latest, id);
        listener?.began(id);
      },
      onOutput,
      onEnd: (result) => {
        if (startedBy(stepOf.get(result.id), result) === undefined) ended(result);
      },
    });
    const id = outcome.results.at(-1)?.id ?? '';
    const followed = await followStarted(outcome, stepOf.get(id), as, {
      ...ports,
      onOutput: (stream, data) => onOutput(id, stream, data),
    });
    if (followed !== outcome) followed.results.slice(-1).forEach(ended);
    return followed;
  } catch (thrown) {
    const error = toK3sboxError(thrown);
    if (error.code === 'unreachable') ports.fail(latest ?? itemAt(0).item, latest ? whileActing(error) : error);
    throw thrown;
  }
}

function intendedStep(id: string, step: Step, { item, planned }: PlannedItem<Invocation>): IntendedStep {
  return { id, step, invocation: item, key: keyOf(item, planned.steps, step) };
}

function noteActing({ entry }: Invocation, { earlier }: SegmentPorts): void {
  if (entry.earlier !== undefined) entry.earlier.actsAnew = true;
  if (earlier !== undefined) earlier.hasActed = true;
}

function whileActing({ message, hint, cause }: K3sboxError): UnreachableError {
  return new UnreachableError(`${message}; how far this came is not known`, { hint, cause });
}
