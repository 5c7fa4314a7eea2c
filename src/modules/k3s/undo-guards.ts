import type { ExecOp, Step } from '../../base/op.ts';
import { sh, type ShellCommand } from '../../base/sh.ts';
import type { K3sNode } from './k3s-node.ts';
import { kubectl } from './kubectl.ts';

/**
 * What must hold on a node before a rollback (domain.md section 6.6). All of them pass when nobody answers: a node that is
 * broken has to go back, and cannot be asked.
 */

/**
 * Refuses while pods run with the handler on this node: what they run with would be taken away under them. Pods with which
 * playbooks try a node out do not count. What crictl prints is cut at each pod's metadata; quotes within texts are escaped
 * there, so that no annotation looks like a handler.
 */
export function noPodsRunWith({ tools }: Pick<K3sNode, 'tools'>, handler: string): ExecOp {
  const found = sh`timeout 20 ${tools.crictl} pods --state ready -o json 2>/dev/null | tr -d '\n' | awk -v handler=${handler} ${podsOfHandler}`;
  return guard(sh`pods=$(${found})
[ -z "$pods" ] || { echo pods still run here with ${handler}, so it must stay: $pods; exit 1; }`);
}

const podsOfHandler = String.raw`
function member(name) {
  if (!match(pod, "\"" name "\": *\"[^\"]*\"")) return ""
  text = substr(pod, RSTART, RLENGTH); sub(/^"[a-z]*": *"/, "", text); sub(/"$/, "", text); return text
}
{
  n = split($0, pods, /"metadata": *[{]/)
  for (i = 2; i <= n; i++) {
    if (!match(pods[i], "\"runtimeHandler\": *\"" handler "\"")) continue
    pod = pods[i]; sub(/[}].*/, "", pod)
    if (member("namespace") !~ /^k3sbox-canary-/) print member("namespace") "/" member("name")
  }
}`;

/**
 * Refuses while pods anywhere in the cluster name the class, since no pod could take their place, and while several nodes have the labels
 * that it selects: one of them may be the one that goes back, the others still serve it. Runs on a server.
 */
export function nobodyNeeds(runtimeClass: string, labels: Readonly<Record<string, string>>): ExecOp {
  const path = `jsonpath={range .items[?(@.spec.runtimeClassName=="${runtimeClass}")]}{.metadata.namespace}/{.metadata.name} {end}`;
  const live = '--field-selector=status.phase!=Succeeded,status.phase!=Failed';
  const pods = sh`pods=$(${kubectl('get', 'pods', '-A', live, '-o', path)} 2>/dev/null)
[ -z "$pods" ] || { echo pods of the cluster still name the RuntimeClass ${runtimeClass}, so it must stay: $pods; exit 1; }`;
  const selector = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  if (selector.length === 0) return guard(pods);
  const names = 'jsonpath={range .items[*]}{.metadata.name} {end}';
  return guard(sh`${pods}
set -- $(${kubectl('get', 'nodes', '-l', selector.join(','), '-o', names)} 2>/dev/null)
[ $# -lt 2 ] || { echo nodes still take pods with the RuntimeClass ${runtimeClass}, so it must stay: "$@"; exit 1; }`);
}

/** Refuses while etcd could not spare this server for a restart. With one or two members it never can: then it is accepted. */
export function etcdCanSpare({ name }: Pick<K3sNode, 'name'>): ExecOp {
  const path = 'jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
  const members = kubectl('get', 'nodes', '-l', 'node-role.kubernetes.io/etcd=true', '-o', path);
  return guard(sh`members=$(${members} 2>/dev/null) || exit 0
printf '%s\n' "$members" | awk -v name=${name} 'NF == 2 { n++; if ($1 != name && $2 == "True") others++ }
END { need = int(n / 2) + 1; if (n < 3 || others + 0 >= need) exit 0
  print "K3s cannot be restarted here: etcd has " n " members, needs " need ", and without " name " has " others + 0; exit 1 }'`);
}

/** The step, to be taken back only while this holds. */
export function guarded(step: Step, undoGuard: ExecOp): Step {
  return { ...step, undoGuard };
}

function guard(command: ShellCommand): ExecOp {
  return { kind: 'exec', command, timeoutMs: 60_000 };
}
