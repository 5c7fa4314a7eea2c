import type { Step } from '../../base/op.ts';
import { sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import { apiError, kubectl } from './kubectl.ts';

/** A kubelet renews its node's lease every 10 s (Kubernetes, "Nodes": heartbeats). */
const patienceMs = 30_000;

/** The name of each node, and when it has last said that it lives. */
const beats = kubectl(
  'get',
  'leases',
  '-n',
  'kube-node-lease',
  '-o',
  'jsonpath={range .items[*]}{.metadata.name} {.spec.renewTime}{"\\n"}{end}',
);

/**
 * Waits until these nodes have said once more that they live: one that is lost is called Ready for another 40 s. A node's own times are
 * compared with each other, so that clocks need not agree. Asked on a server.
 * @returns undefined when Kubernetes keeps no such times of them
 * @throws TaskFailedError when the API does not answer
 */
export async function signsOfLife(host: HostReader, names: readonly string[]): Promise<Step | undefined> {
  const { exitCode, stdout, stderr } = await host.probe(beats, { unguarded: true });
  if (exitCode !== 0) throw apiError(stderr);
  const known = stdout.split('\n').filter((line) => /^[\w.-]+ [\w.:+-]+$/.test(line));
  const before = known.filter((line) => names.includes(line.split(' ')[0] ?? ''));
  if (before.length === 0) return undefined;
  const words = ` ${before.map((line) => line.replace(' ', '=')).join(' ')} `;
  return {
    say: `wait for a sign of life of ${before.map((line) => line.split(' ')[0]).join(', ')}`,
    do: {
      kind: 'wait',
      probe: sh`now=$(${beats}) || exit 1; printf '%s\n' "$now" | awk -v before=${words} 'index(before, " " $1 "=" $2 " ") { print $1 " has said nothing since " $2; silent = 1 } END { exit silent }'`,
      timeoutMs: patienceMs,
      everyMs: 1000,
      orElse: `a server gives no sign of life any more, for ${patienceMs / 1000} s; Kubernetes may still call it Ready`,
    },
    changes: false,
  };
}
