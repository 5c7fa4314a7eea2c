import type { RunEvent } from '../../base/event.ts';
import type { HostOutcome } from './host-outcome.ts';
import type { RawResult } from './result-log.ts';

/**
 * The failure that ended each host. Not every task that failed did: a block may have rescued it, a resumption may have got past it,
 * and what ended the host may be no task's failure at all.
 */
export function endingFailures(
  results: readonly RawResult[],
  outcomes: readonly HostOutcome[],
  events: readonly RunEvent[],
): ReadonlyMap<string, RawResult> {
  const fine = endedWell(events);
  const last = new Map(results.map((result) => [`${result.host}\0${result.id}`, result]));
  const failed = new Map<string, RawResult[]>();
  for (const result of last.values()) {
    if (hasFailed(result)) failed.set(result.host, [...(failed.get(result.host) ?? []), result]);
  }
  return new Map(
    outcomes.flatMap(({ host, error }) => {
      if (fine.has(host)) return [];
      const failure = (failed.get(host) ?? []).findLast(
        ({ ended }) => error === undefined || ended?.error?.message === error.message,
      );
      return failure === undefined ? [] : [[host, failure] as const];
    }),
  );
}

export function hasFailed({ status }: RawResult): boolean {
  return status === 'failed' || status === 'unreachable';
}

/** The hosts on which the run, the last time it was gone at, came to a good end; a rollback does not change that. */
function endedWell(events: readonly RunEvent[]): ReadonlySet<string> {
  let isRollback = false;
  let fine = new Set<string>();
  for (const event of events) {
    if (event.type === 'run-started') isRollback = event.mode === 'rollback';
    if (event.type !== 'run-finished' || isRollback) continue;
    const hosts = Object.entries(event.hosts);
    fine = new Set(hosts.filter(([, { status }]) => status === 'ok').map(([host]) => host));
  }
  return fine;
}
