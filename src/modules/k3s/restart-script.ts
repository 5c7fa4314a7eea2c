import { sh, type ShellCommand } from '../../base/sh.ts';
import type { K3sNode } from './k3s-node.ts';

/**
 * Restarts K3s, or the CRI-O beside it, and waits until the node works again, layer by layer: unit, containerd, node, API. `systemctl restart` alone
 * proves nothing (and can block for ever: the unit has no start timeout): an agent reports itself ready as soon as it
 * reaches the API, whatever became of containerd. A crash loop is noticed at once, not when the time is up.
 */
export function restartScript(node: K3sNode, unit: string, timeoutSeconds: number): ShellCommand {
  return sh`unit=${unit} node=${node.name} role=${node.role} data=${node.dataDir} timeout=${timeoutSeconds}
k3s_kubectl() { timeout 10 ${node.tools.kubectl} "$@"; }
k3s_crictl() { timeout 10 ${node.tools.crictl} "$@"; }
${sh.raw(script)}`;
}

// Times compare as texts: all of them are the node's own clock in UTC, as the kubelet writes it.
const script = String.raw`
show() { systemctl show "$unit" -p "$1" --value; }
kubectl() { k3s_kubectl --kubeconfig "$data/agent/kubelet.kubeconfig" "$@" 2>/dev/null; }
# the reason comes last: of long output only the end is shown
fail() {
  journalctl -u "$unit" -n 30 --no-pager -o cat >&2
  [ "$unit" = crio.service ] || tail -n 10 "$data/agent/containerd/containerd.log" >&2
  echo "$1" >&2
  exit 1
}
condition() { printf %s "$info" | grep "\"type\":\"$1\"" | grep -q '"status":true'; }
layers() {
  reason="$unit is $(show ActiveState), not active"
  [ "$(show ActiveState)/$(show SubState)" = active/running ] || return 1
  pid=$(show MainPID); [ "$pid" != "$old" ] && [ "$pid" != 0 ] || return 1
  reason='the container runtime does not answer'
  info=$(k3s_crictl info 2>/dev/null) || return 1
  info=$(printf %s "$info" | tr -d ' \n\t' | tr '{}' '\n\n')
  reason='the container runtime is not ready'; condition RuntimeReady || return 1
  reason='the pod network is not ready'; condition NetworkReady || return 1
  reason="node $node is not Ready in the API"
  [ "$(kubectl get node "$node" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].status}')" = True ] || return 1
  reason="the kubelet of $node has not reported since the restart"
  beat=$(kubectl get node "$node" -o 'jsonpath={.status.conditions[?(@.type=="Ready")].lastHeartbeatTime}')
  lease=$(kubectl get lease "$node" -n kube-node-lease -o 'jsonpath={.spec.renewTime}')
  newest=$(printf '%s\n%s\n%s\n' "$since" "$beat" "$lease" | LC_ALL=C sort | tail -n 1)
  [ "$newest" != "$since" ] || return 1
  [ "$role" = agent ] || { reason='the API is not ready'; [ "$(kubectl get --raw /readyz)" = ok ] || return 1; }
}
old=$(show MainPID)
before=$(k3s_crictl ps -q 2>/dev/null)
since=$(date -u +%Y-%m-%dT%H:%M:%SZ); start=$(date +%s)
systemctl reset-failed "$unit" 2>/dev/null
systemctl restart --no-block "$unit" || exit 1
until layers; do
  restarts=$(show NRestarts)
  [ "${'$'}{restarts:-0}" -lt 3 ] || fail "$unit is in a crash loop: systemd has restarted it $restarts times"
  [ $(( $(date +%s) - start )) -lt "$timeout" ] || fail "$reason after $timeout s"
  sleep 1
done
after=$(k3s_crictl ps -q)
count=0 lost=0
for id in $before; do
  count=$((count + 1))
  case $after in *"$id"*) ;; *) lost=$((lost + 1));; esac
done
# some end by themselves at any time; a restart that takes containers with it takes all of them
[ "$lost" = 0 ] || [ $((lost * 2)) -le "$count" ] || fail "the restart ended $lost of $count containers: does $unit have KillMode=process?"
echo "$unit is back after $(( $(date +%s) - start )) s; $((count - lost)) of $count containers went on"
`.trim();
