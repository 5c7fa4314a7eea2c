import { z } from 'zod';

import { sh } from '../base/sh.ts';
import { requireK3sNode } from './k3s/k3s-node.ts';
import { defineModule } from './module.ts';

const args = z.strictObject({
  pod: z.string().min(1).describe('Name of a pod that runs on this node.'),
  namespace: z.string().min(1).describe('Its namespace.'),
  runtime: z.string().min(1).default('sysbox-runc').describe('The handler that it must run with.'),
});

/** Looks at a pod from its node: what Kubernetes says about it is not enough. */
export const sysboxPodCheck = defineModule({
  name: 'sysbox_pod_check',
  summary: 'Prove that a pod on this node really runs under Sysbox, by its processes.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args,
  examples: [{ title: 'The canary', args: { pod: 'sysbox', namespace: 'k3sbox-canary-n2' } }],

  async plan({ args: { pod, namespace, runtime }, host }) {
    const node = await requireK3sNode(host);
    const command = sh`k3s=${node.binary} pod=${pod} namespace=${namespace} runtime=${runtime}
${sh.raw(script)}`;
    return {
      steps: [
        {
          say: `look at the processes of ${namespace}/${pod}`,
          do: { kind: 'exec', command, timeoutMs: 60_000 },
          changes: false,
        },
      ],
    };
  },
});

// The process is found by its cgroup, which carries the container's id with every driver and runtime.
const script = String.raw`
fail() { echo "$namespace/$pod: $1" >&2; journalctl -u sysbox-mgr -n 15 --no-pager -o cat >&2; exit 1; }
set -- --label "io.kubernetes.pod.name=$pod" --label "io.kubernetes.pod.namespace=$namespace" --state ready
sandbox=$("$k3s" crictl pods "$@" -q | head -n 1); [ -n "$sandbox" ] || fail 'there is no such pod on this node'
"$k3s" crictl pods "$@" -o json | tr -d ' \t' | grep -q "\"runtimeHandler\":\"$runtime\"" || fail "it does not run with the handler $runtime"
container=$("$k3s" crictl ps --pod "$sandbox" -q | head -n 1); [ -n "$container" ] || fail 'it has no running container'
for file in /proc/[0-9]*/cgroup; do
  grep -q "$container" "$file" 2>/dev/null || continue
  found=${'$'}{file%/cgroup}; found=${'$'}{found#/proc/}
  [ -z "$pid" ] || [ "$found" -lt "$pid" ] || continue
  pid=$found
done
[ -n "$pid" ] || fail 'its process cannot be found'
grep "$container" "/proc/$pid/cgroup" | grep -q kubepods ||
  fail "its cgroup is $(grep "$container" "/proc/$pid/cgroup"), not below kubepods: limits would not hold. Its SystemdCgroup must be that of runc"
set -- $(cat "/proc/$pid/uid_map")
[ $# = 3 ] && [ "$1" = 0 ] && [ "$2" -ge 65536 ] && [ "$3" -ge 65536 ] || fail "it has no user namespace of its own: its uid map is $*"
mounts=$(grep -c sysboxfs "/proc/$pid/mountinfo")
[ "$mounts" -ge 1 ] || fail 'it has no mount of sysbox-fs: a plain runtime started it'
echo "$namespace/$pod runs under $runtime: ids from $2 on, $mounts mounts of sysbox-fs"
`.trim();
