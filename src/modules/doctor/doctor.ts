import { TaskFailedError } from '../../base/errors.ts';
import type { HostReader } from '../../host/reader.ts';
import { readK3sNode, runtimeOf, type K3sNode } from '../k3s/k3s-node.ts';
import { readNodeLabel } from '../k3s/node-label.ts';
import type { PodUserns } from '../sysbox/findings.ts';
import type { NodeReport } from '../sysbox/preflight-probe.ts';
import { judgeCluster, readCluster, stuckPods, type ClusterFacts } from './cluster-checks.ts';
import { isRegistered, judgeContainerd, readContainerd, type ContainerdFacts } from './containerd-checks.ts';
import { type CrioFacts, judgeCrio, knowsSysbox, readCrio } from './crio-checks.ts';
import { failure, type Finding, unless, warning } from './finding.ts';
import { judgeLeftovers, readLeftovers } from './leftover-checks.ts';
import { judgeLines, readLogs, type SaidLine } from './log-checks.ts';
import {
  judgeClock,
  judgeConfigCheck,
  judgeK3s,
  judgeMachine,
  readConfigCheck,
  readMachine,
} from './machine-checks.ts';
import { isInstalled, judgeOffer, judgeProof, judgeSysbox, readSysbox, type SysboxFacts } from './sysbox-checks.ts';

/** What the inventory says about a host that matters here. */
export interface Wanted {
  readonly kernelModules: readonly string[];
  /** Somebody else may have told containerd about Sysbox. */
  readonly adopt: boolean;
  readonly podUserns: PodUserns;
}

/** All that one host was asked. Members are undefined where there is no K3s that could be asked. */
export interface NodeFacts {
  /** In the inventory. */
  readonly host: string;
  readonly adopt: boolean;
  readonly podUserns: PodUserns;
  readonly node: K3sNode | undefined;
  readonly machine: NodeReport;
  readonly kernel: string;
  readonly leftovers: NodeReport;
  readonly sysbox: SysboxFacts;
  readonly containerd: ContainerdFacts | undefined;
  /** Undefined where K3s uses no CRI-O. */
  readonly crio: CrioFacts | undefined;
  /** The value of sysbox-runtime. */
  readonly label: string | undefined;
  readonly logs: readonly SaidLine[];
  /** What `k3s check-config` calls a failure. */
  readonly configCheck: readonly string[];
  /** As this server sees it, or why it does not; undefined on agents. */
  readonly cluster: ClusterFacts | TaskFailedError | undefined;
}

/** Looks at one host, in two round trips; changes nothing. @throws TaskFailedError when not even K3s can be looked at */
export async function readNode(host: HostReader, { kernelModules, adopt, podUserns }: Wanted): Promise<NodeFacts> {
  const [node, machine, leftovers] = await Promise.all([
    readK3sNode(host),
    readMachine(host, kernelModules),
    readLeftovers(host),
  ]);
  const [sysbox, containerd, crio, label, logs, configCheck, cluster] = await Promise.all([
    readSysbox(host, machine('version')),
    node && readContainerd(host, node),
    node && readCrio(host, node),
    node && readNodeLabel(host, node, 'sysbox-runtime'),
    node === undefined ? [] : readLogs(host, node),
    node === undefined ? [] : readConfigCheck(host, node),
    node?.role === 'server' ? readCluster(host).catch(asFailure) : undefined,
  ]);
  return {
    host: host.name,
    adopt,
    podUserns,
    node,
    machine,
    kernel: machine('kernel'),
    leftovers,
    sysbox,
    containerd,
    crio,
    label,
    logs,
    configCheck,
    cluster,
  };
}

function asFailure(thrown: unknown): TaskFailedError {
  if (thrown instanceof TaskFailedError) return thrown;
  throw thrown;
}

/** What is to be said about one node. `skewMs`: how far its clock is ahead of ours. */
export function judgeNode(facts: NodeFacts, skewMs: number): readonly Finding[] {
  const { node, machine, leftovers, sysbox, containerd, crio, label, logs, kernel, adopt, podUserns } = facts;
  const base = [...judgeMachine(machine, podUserns), ...judgeClock(skewMs), ...judgeLeftovers(leftovers)];
  if (node === undefined || containerd === undefined) {
    return [
      ...base,
      failure(
        'k3s',
        'K3s is not installed as a systemd service',
        'run playbooks/k3s-install.yaml, or leave the host out with --limit',
      ),
    ];
  }
  // A server without kubelet runs no pods.
  if (node.arguments.includes('--disable-agent')) return base;
  const runtime = crio ? judgeCrio(crio, adopt, podUserns) : judgeContainerd(containerd, adopt);
  const k3s = [...judgeK3s(node, podUserns), ...judgeConfigCheck(facts.configCheck), ...runtime];
  const isTold = crio ? knowsSysbox(crio) : isRegistered(containerd);
  const own = isInstalled(sysbox) || isTold || label !== undefined;
  const now = { kernel, k3s: node.version, containerd: node.containerd?.version ?? '' };
  const about = own
    ? [
        ...judgeSysbox(sysbox),
        ...unless(
          isTold,
          failure('containerd', `${runtimeOf(node)} is not told about sysbox-runc`, 'run playbooks/sysbox.yaml again'),
        ),
        ...judgeProof(sysbox, label, now),
      ]
    : [warning('sysbox', 'Sysbox is not installed here', 'run playbooks/sysbox.yaml')];
  const found = [...base, ...k3s, ...about];
  const all = [...found, ...judgeOffer(node.name, label, found)];
  // Logs tell why; on a node that works, they tell of what is over.
  const isBroken = all.some(({ severity }) => severity === 'failure');
  return [...all, ...(isBroken ? judgeLines('logs', logs, 'failure') : [])];
}

/** What is to be said about the cluster, by the first server that answers. */
export function judgeFleet(nodes: readonly NodeFacts[]): readonly Finding[] {
  const servers = nodes.filter(({ cluster }) => cluster !== undefined);
  const deaf = servers.flatMap(({ host, cluster }) =>
    cluster instanceof TaskFailedError
      ? [failure('cluster', `${host}: ${cluster.message}${cluster.output ? `: ${cluster.output}` : ''}`, cluster.hint)]
      : [],
  );
  const seen = servers.flatMap(({ cluster }) =>
    cluster === undefined || cluster instanceof TaskFailedError ? [] : [cluster],
  )[0];
  if (seen === undefined) {
    const none = warning(
      'cluster',
      'no server was looked at, so nothing is known about the cluster',
      'let the pattern include a server',
    );
    return deaf.length === 0 ? [none] : deaf;
  }
  const looked = new Set(nodes.flatMap(({ node }) => (node === undefined ? [] : [node.name])));
  // Events outlive what they are about for an hour.
  const stuck = new Set(seen.pods.map((line) => line.split(' ')[0]));
  const events = seen.events.filter(({ where }) => stuck.has(where));
  const pods = [...stuckPods(seen), ...judgeLines('pods', events, 'failure')];
  return [...deaf, ...judgeCluster(seen, looked), ...pods];
}
