import { errorCodes, StaleError, UnreachableError, type K3sboxError } from '../base/errors.ts';
import type { HostStatus, HostSummary, RunEvent } from '../base/event.ts';
import type { Diff } from '../base/op.ts';
import { newRunId } from '../journal/run-id.ts';
import { compareHosts, type Difference } from '../plan/compare-plans.ts';
import type { SavedHost, SavedPlan } from '../plan/saved-plan.ts';
import { unifiedDiff } from '../report/diff-view.ts';
import { hostNames } from '../report/host-names.ts';
import { count } from '../report/words.ts';
import { errorData } from '../run/error-data.ts';
import type { Reporters } from './reporters.ts';

/** The hosts of a plan that must be left alone, and why: `now` is what a plan of this moment says. */
export function refusalsOf(
  plan: Pick<SavedPlan, 'hosts'>,
  now: Readonly<Record<string, SavedHost>>,
): ReadonlyMap<string, K3sboxError> {
  return new Map(
    Object.entries(now).flatMap(([name, host]) => {
      const refusal = refusalOf(plan.hosts[name], host);
      return refusal === undefined ? [] : [[name, refusal]];
    }),
  );
}

function refusalOf(then: SavedHost | undefined, now: SavedHost): K3sboxError | undefined {
  if (then === undefined) return new StaleError('the plan does not know this host');
  if (then.error !== undefined) {
    return new StaleError(`there is no whole plan for this host: when it was made, ${then.error.message}`, {
      hint: 'Make the plan again.',
    });
  }
  if (now.error?.code === 'unreachable') return new UnreachableError(now.error.message);
  if (now.error !== undefined) return new StaleError(`cannot be compared with its plan: ${now.error.message}`);
  const differences = compareHosts(then, now);
  if (differences.length === 0) return undefined;
  return new StaleError(`drifted since the plan was made\n${described(differences).join('\n')}`, {
    hint: 'Look at what has changed, then make the plan again.',
  });
}

const mostDifferences = 5;
const mostDiffLines = 12;

function described(differences: readonly Difference[]): readonly string[] {
  const left = differences.length - mostDifferences;
  return [
    ...differences.slice(0, mostDifferences).flatMap(describeOne),
    ...(left > 0 ? [`and ${count(left, 'more difference')}`] : []),
  ];
}

function describeOne({ task, at, what, diff }: Difference): readonly string[] {
  const line = `task "${task}"${at === undefined ? '' : ` (${at})`}: ${what}`;
  return diff === undefined ? [line] : [line, ...diffOf(diff)];
}

function diffOf(diff: Diff): readonly string[] {
  const [first = '', second, ...rest] = unifiedDiff(diff).split('\n');
  // In square brackets: why there is none.
  if (second === undefined) return [`  ${diff.of}, then and now: ${first}`];
  const left = rest.length - mostDiffLines;
  const lines = [`--- ${diff.of} (then)`, `+++ ${diff.of} (now)`, ...rest.slice(0, mostDiffLines)];
  return [...lines, ...(left > 0 ? [`... ${count(left, 'more line')}`] : [])].map((line) => `  ${line}`);
}

export interface Refused {
  readonly title: string;
  /** All hosts of the plan. */
  readonly hosts: readonly string[];
  readonly refused: ReadonlyMap<string, K3sboxError>;
  readonly reporters: Reporters;
}

/** Reports a plan that is not carried out, as a run in which nothing happened. Returns the exit code. */
export async function reportRefusals({ title, hosts, refused, reporters }: Refused): Promise<number> {
  const run = newRunId(new Date());
  const others = hosts.filter((host) => !refused.has(host));
  const exitCode = exitCodeOfRefusals(refused);
  const summaries = Object.fromEntries(hosts.map((host) => [host, summaryOf(refused.get(host))]));
  const time = new Date().toISOString();
  const events: readonly RunEvent[] = [
    { type: 'run-started', run, mode: 'run', title, hosts, time },
    ...hosts.map((host): RunEvent => {
      const error = refused.get(host);
      return {
        type: 'host-ended',
        host,
        roundTrips: 0,
        ...summaryOf(error),
        ...(error && { error: errorData(error) }),
        time,
      };
    }),
    {
      type: 'warning',
      message: `nothing was done: ${hostNames([...refused.keys()])} ${refused.size === 1 ? 'is' : 'are'} not as planned`,
      hint: others.length > 0 ? `${hostNames(others)} could go on: add --skip-drifted.` : 'Make the plan again.',
      time,
    },
    { type: 'run-finished', run, exitCode, hosts: summaries, time },
  ];
  for (const event of events) for (const reporter of reporters.all) reporter.onEvent(event);
  await reporters.close();
  return exitCode;
}

/** 0 without refusals; a host that has drifted counts more than one that could not be looked at. */
export function exitCodeOfRefusals(refused: ReadonlyMap<string, K3sboxError>): number {
  if (refused.size === 0) return 0;
  const isStale = [...refused.values()].some(({ code }) => code === 'stale');
  return errorCodes[isStale ? 'stale' : 'unreachable'].exitCode;
}

function summaryOf(error: K3sboxError | undefined): HostSummary {
  return { status: statusOf(error), ok: 0, changed: 0, skipped: 0, failed: 0, undone: 0 };
}

function statusOf(error: K3sboxError | undefined): HostStatus {
  if (error === undefined) return 'skipped';
  return error.code === 'unreachable' ? 'unreachable' : 'failed';
}
