import type { Async, Step } from '../base/op.ts';
import type { ActOutcome, StepResult } from '../host/act.ts';
import type { RunAs } from '../host/host.ts';
import { followJob } from '../host/job.ts';
import { isFollowed } from '../host/job-script.ts';
import type { SegmentPorts } from './segment-ports.ts';

/** How a step's command is to be followed, when it has only been started. */
export function startedBy(step: Step | undefined, { exitCode }: StepResult): Async | undefined {
  if (step?.do.kind !== 'exec' || !isFollowed(step) || exitCode !== 0) return undefined;
  return step.do.async;
}

/** The outcome of a batch, the result of its last step being that of the command which it has started in the background. */
export async function followStarted(
  outcome: ActOutcome,
  step: Step | undefined,
  as: RunAs,
  {
    host,
    runName,
    signal,
    warn,
    onOutput,
  }: Pick<SegmentPorts, 'host' | 'runName' | 'signal' | 'warn'> & {
    readonly onOutput: (stream: 'stdout' | 'stderr', data: Buffer) => void;
  },
): Promise<ActOutcome> {
  const last = outcome.results.at(-1);
  const async = last && startedBy(step, last);
  if (last === undefined || async === undefined) return outcome;
  const job = { host, run: runName, as, step: last.id };
  const result = await followJob(job, { ...async, signal, onOutput, onNotice: warn });
  return { ...outcome, results: [...outcome.results.slice(0, -1), result] };
}
