import { sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import { parseReport, type NodeReport } from '../sysbox/preflight-probe.ts';
import { type Finding, unless, warning } from './finding.ts';

/** What runs have left on a node that belongs to a run which has ended: a lock, an armed dead-man switch; and its time (`now`). */
export async function readLeftovers(host: HostReader): Promise<NodeReport> {
  return parseReport(await host.probe(probe, { unguarded: true }));
}

export function judgeLeftovers(seen: NodeReport): readonly Finding[] {
  const [age, owner] = [Number(seen('lock_age')), seen('lock').replaceAll('\n', ', ')];
  return [
    ...unless(
      seen('lock') === '',
      age > 30
        ? warning(
            'leftovers',
            `it is locked by a run that has stopped ${age} s ago: ${owner}`,
            'go on with `k3sbox resume`, take it back with `k3sbox rollback`, or free the node with `k3sbox unlock`',
          )
        : warning('leftovers', `it takes part in a run right now: ${owner}`, 'look again when that run has ended'),
    ),
    ...seen('deadman')
      .split('\n')
      .filter(Boolean)
      .map((run) =>
        warning(
          'leftovers',
          `a dead-man switch of the run ${run} is armed: the node goes back by itself when its time is up`,
          'resume the run to confirm it, or roll it back',
        ),
      ),
  ];
}

const probe = sh.raw(String.raw`
echo "now=$(date +%s)"
S=/var/lib/k3sbox
if [ -d "$S/lock" ]; then
  sed 's/^/lock=/' "$S/lock/owner"
  beat=$(stat -c %Y "$S/lock/beat" 2>/dev/null || stat -c %Y "$S/lock")
  echo "lock_age=$(($(date +%s) - beat))"
fi 2>/dev/null
for file in "$S"/runs/*/deadman.*.armed; do
  [ ! -f "$file" ] || { run=${'$'}{file%/*}; echo "deadman=${'$'}{run##*/}"; }
done
exit 0`);
