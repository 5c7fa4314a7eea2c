import { sanitise } from '../../base/text.ts';
import type { DetailTable } from './detail-table.ts';
import type { HostOutcome } from './host-outcome.ts';
import type { RawResult } from './result-log.ts';
import type { RollbackLog } from './rollback-log.ts';
import type { ReportedHostStatus, StandingStep, Story } from './run-report.ts';
import type { TextTable } from './text-table.ts';

interface Sources {
  readonly outcomes: readonly HostOutcome[];
  /** The last failure on each host. */
  readonly failures: ReadonlyMap<string, RawResult>;
  readonly rollbacks: RollbackLog;
  readonly taskIndex: (id: string) => number;
  readonly details: DetailTable;
  readonly texts: TextTable;
}

/** The worst first. */
const severity: readonly ReportedHostStatus[] = [
  'rollback-failed',
  'rolling-back',
  'running',
  'failed',
  'unreachable',
  'rolled-back',
  'waiting',
  'skipped',
  'ok',
];

/** Steps of one story that are told one by one. */
const mostSteps = 200;

/** What went wrong, and what became of it; hosts with the same story share it. Hosts on which all went well have none. */
export function storiesOf(sources: Sources): readonly Story[] {
  const stories = new Map<
    string,
    { story: Omit<Story, 'hosts' | 'reasons'>; hosts: number[]; reasons: Map<number, number[]> }
  >();
  for (const [host, outcome] of sources.outcomes.entries()) {
    const story = storyOf(outcome, host, sources);
    if (story === undefined) continue;
    const key = JSON.stringify(story);
    const known = stories.get(key) ?? { story, hosts: [], reasons: new Map<number, number[]>() };
    stories.set(key, known);
    known.hosts.push(host);
    const detail = reasonOf(outcome, sources);
    if (detail >= 0) known.reasons.set(detail, [...(known.reasons.get(detail) ?? []), host]);
  }
  return Array.from(stories.values(), ({ story, hosts, reasons }): Story => ({
    ...story,
    hosts,
    reasons: Array.from(reasons, ([detail, of]) => ({ detail, hosts: of })),
  })).toSorted((a, b) => severity.indexOf(a.status) - severity.indexOf(b.status) || b.hosts.length - a.hosts.length);
}

function storyOf(outcome: HostOutcome, index: number, sources: Sources): Omit<Story, 'hosts' | 'reasons'> | undefined {
  const { host, status } = outcome;
  const undone = sources.rollbacks.undoneOn(host);
  if (undone.length === 0 && (status === 'ok' || status === 'skipped' || status === 'waiting')) return undefined;
  const { texts, details, rollbacks, failures, taskIndex } = sources;
  const failed = failures.get(host);
  return {
    status,
    ...(failed && { task: taskIndex(failed.id) }),
    undone: Array.from(undone.slice(0, mostSteps), ({ say, error, diff }) => {
      const since = diff && details.diff(diff);
      return {
        say: texts.add(say),
        ...(error && { error: details.error(error) }),
        ...(since !== undefined && { since }),
      };
    }),
    standing: standingOf(outcome, texts),
    ...(rollbacks.deadmen.some(([at, , , what]) => at === index && what === 'fired') && { hasFired: true as const }),
  };
}

/** The number of what there is to say about the failure of a host; -1 when there was none. */
function reasonOf({ host, error }: HostOutcome, { failures, details }: Sources): number {
  const failed = failures.get(host);
  if (failed !== undefined) return details.of(failed);
  return error === undefined ? -1 : details.add({ error: details.error(error) });
}

/** On a host that ended well everything stands, and is meant to. */
function standingOf({ status, steps }: HostOutcome, texts: TextTable): readonly StandingStep[] {
  if (status === 'ok' || status === 'skipped') return [];
  return steps
    .filter(({ state }) => state !== 'undone' && state !== 'unchanged')
    .slice(0, mostSteps)
    .map(({ say, task, state, reversible }) => ({
      say: texts.add(say),
      task: sanitise(task),
      state,
      isReversible: reversible,
    }));
}
