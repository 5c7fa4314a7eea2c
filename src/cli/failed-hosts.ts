import { UsageError } from '../base/errors.ts';
import { type HostHistory, historyOf } from '../journal/history.ts';
import { openRun } from '../journal/run-store.ts';

/** `--limit failed`: the hosts on which the last run of this folder did not come to a good end. Other patterns stay. */
export function limitOf(limit: string | undefined, cwd: string): string | undefined {
  if (limit !== 'failed') return limit;
  const run = openRun(cwd, 'last');
  const failed = failedHosts([...historyOf(run.events).hosts.values()]);
  if (failed.length > 0) return failed.join(',');
  throw new UsageError(`--limit failed leaves no host: no host failed in run ${run.record.id}`);
}

/** Those that failed, were taken back, could not be reached, or were never come to. */
export function failedHosts(hosts: readonly HostHistory[]): readonly string[] {
  return hosts.filter(({ status }) => status !== 'ok').map(({ host }) => host);
}
