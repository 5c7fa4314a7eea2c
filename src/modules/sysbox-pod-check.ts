import { z } from 'zod';

import { sh } from '../base/sh.ts';
import { requireK3sNode } from './k3s/k3s-node.ts';
import { defineModule } from './module.ts';

const args = z.strictObject({
  pod: z.string().min(1).describe('Name of a pod that runs on this node.'),
  namespace: z.string().min(1).describe('Its namespace.'),
  runtime: z.string().min(1).default('sysbox-runc').describe('The handler that it must run with.'),
  levels: z
    .array(z.enum(['systemd', 'docker', 'k3s']))
    .default([])
    .describe(
      'What must work inside of it, too: systemd within 120 s, Docker, a K3s whose node is Ready within 180 s.',
    ),
  inner_image: z
    .string()
    .default('')
    .describe('An image that Docker inside must be able to run; empty: that Docker answers is enough.'),
});

/** Looks at a pod from its node: what Kubernetes says about it is not enough. */
export const sysboxPodCheck = defineModule({
  name: 'sysbox_pod_check',
  summary: 'Prove that a pod on this node really runs under Sysbox, by its processes.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args,
  examples: [
    { title: 'The canary', args: { pod: 'sysbox', namespace: 'k3sbox-canary-n2' } },
    { title: 'A machine in a pod', args: { pod: 'ubuntu', namespace: 'default', levels: ['systemd', 'docker'] } },
  ],

  async plan({ args: { pod, namespace, runtime, levels, inner_image: image }, host }) {
    const node = await requireK3sNode(host);
    const command = sh`crictl() { ${node.tools.crictl} "$@"; }
pod=${pod} namespace=${namespace} runtime=${runtime} image=${image}
${sh.raw(script)}
${sh.raw(levels.join('\n'))}`;
    return {
      steps: [
        {
          say: `look at ${levels.length === 0 ? 'the processes of' : `${levels.join(' and ')} in`} ${namespace}/${pod}`,
          do: { kind: 'exec', command, timeoutMs: 60_000 + levels.length * 200_000 },
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
sandbox=$(crictl pods "$@" -q | head -n 1); [ -n "$sandbox" ] || fail 'there is no such pod on this node'
crictl pods "$@" -o json | tr -d ' \t' | grep -q "\"runtimeHandler\":\"$runtime\"" || fail "it does not run with the handler $runtime"
container=$(crictl ps --pod "$sandbox" -q | head -n 1); [ -n "$container" ] || fail 'it has no running container'
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
inside() { crictl exec "$container" "$@" 2>&1; }
# systemd calls itself degraded when some unit of the image does not start: it runs all the same
systemd() {
  end=$(($(date +%s) + 120))
  until said=$(inside systemctl is-system-running); case $said in *running*|*degraded*) :;; *) false;; esac; do
    [ "$(date +%s)" -lt "$end" ] || fail "systemd in it does not come up: $said"
    sleep 2
  done
  echo "systemd in it is $said"
}
docker() {
  end=$(($(date +%s) + 60))
  until said=$(inside docker info); do
    [ "$(date +%s)" -lt "$end" ] || fail "Docker in it does not answer: $said"
    sleep 2
  done
  [ -z "$image" ] || said=$(inside docker run --rm "$image") || fail "Docker in it cannot run $image: $said"
  echo 'Docker in it works'
}
k3s() {
  end=$(($(date +%s) + 180))
  until said=$(inside k3s kubectl get nodes --no-headers); case $said in *' Ready '*) :;; *) false;; esac; do
    [ "$(date +%s)" -lt "$end" ] || fail "K3s in it has no node that is Ready: $said"
    sleep 3
  done
  echo 'K3s in it has a node that is Ready'
}
`.trim();
