import { TaskFailedError } from '../base/errors.ts';
import type { RebootOp, Step } from '../base/op.ts';
import type { StepResult } from '../host/act.ts';
import type { RunAs } from '../host/host.ts';
import { adopt, keyOf } from './adopt.ts';
import type { Invocation } from './invocation.ts';
import { makeBatch } from './make-batch.ts';
import { perform } from './perform.ts';
import type { PlannedItem } from './plan-segment.ts';
import type { SegmentPorts } from './segment-ports.ts';
import { isOk, resultOf } from './task-result.ts';

type Item = PlannedItem<Invocation>;

/**
 * Does a task that restarts the machine, with what it waits for before and after: each part by itself.
 * @returns false when a failure ended the segment
 */
export async function restartHost(item: Item, as: RunAs, ports: SegmentPorts): Promise<boolean> {
  const { planned } = item;
  const { rest, merged } = adopt(item, ports);
  const fresh: StepResult[] = [];
  for (const step of rest) {
    const { do: op } = step;
    fresh.push(
      ...(op.kind === 'reboot' ? await restart(item, step, op, as, ports) : await alone(item, step, as, ports)),
    );
    const last = fresh.at(-1);
    if (last !== undefined && !isOk(step, last)) break;
  }
  return ports.finish(item.item, item, resultOf(planned, merged(fresh), planned.steps));
}

async function alone(item: Item, step: Step, as: RunAs, ports: SegmentPorts): Promise<readonly StepResult[]> {
  return (await perform(batchOf(step, as, ports), () => item, as, ports)).results;
}

/** Its act only marks on the host which boot it was: whoever resumes the run sees by that whether it came to the reboot. */
async function restart(
  item: Item,
  step: Step,
  op: RebootOp,
  as: RunAs,
  ports: SegmentPorts,
): Promise<readonly StepResult[]> {
  if (ports.guard !== undefined) {
    throw new TaskFailedError('a reboot under `deadman`: the switch does not outlive the machine that it is on', {
      hint: 'Let what notifies this handler end before the reboot.',
    });
  }
  const { groups } = batchOf(step, as, ports);
  const id = groups[0]?.steps[0]?.id ?? '';
  const key = keyOf(item.item, item.planned.steps, step);
  await ports.intend([{ id, step, invocation: item.item, key }], as);
  if (ports.earlier !== undefined) ports.earlier.hasActed = true;
  ports.onBegin(item.item, id);
  const begun = performance.now();
  const { results } = await ports.host.act(groups, as, { run: ports.runName, signal: ports.signal });
  const [marked] = results;
  if (marked === undefined || marked.exitCode !== 0) return results;
  await ports.host.reboot(op, as);
  const result = { ...marked, elapsedMs: performance.now() - begun };
  ports.onStep(item.item, step, result);
  return [result];
}

function batchOf(step: Step, as: RunAs, ports: SegmentPorts) {
  return makeBatch([{ steps: [step], reads: [], stopAfter: false }], () => ports.host.groups.next(as));
}
