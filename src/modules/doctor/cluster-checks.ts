import { z } from 'zod';

import { sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import { apiProblems, readApi, type ApiState } from '../k3s/api-state.ts';
import { readClusterNodes, whyOutage, type ClusterNode } from '../k3s/cluster-nodes.ts';
import { kubectl, kubectlJson } from '../k3s/kubectl.ts';
import { failure, type Finding, unless, warning } from './finding.ts';
import type { SaidLine } from './log-checks.ts';

/** The cluster as one of its servers sees it. */
export interface ClusterFacts {
  readonly nodes: readonly ClusterNode[];
  readonly runtimeClass: RuntimeClass | undefined;
  /** Namespaces and RuntimeClasses that playbooks made to try something out. */
  readonly temporary: readonly string[];
  readonly api: ApiState;
  /** Pods with the class sysbox-runc that do not run. */
  readonly pods: readonly string[];
  /** Warnings of the last hour. */
  readonly events: readonly SaidLine[];
}

type RuntimeClass = z.output<typeof runtimeClassSchema>;

const runtimeClassSchema = z.object({
  handler: z.string(),
  scheduling: z.object({ nodeSelector: z.record(z.string(), z.string()).nullish() }).nullish(),
});

const again = 'run playbooks/sysbox.yaml again';

/** Asks on a server. @throws TaskFailedError when its API does not answer */
export async function readCluster(host: HostReader): Promise<ClusterFacts> {
  const temporary = '{range .items[*]}{.kind} {.metadata.name}{"\\n"}{end}';
  const ask = (command: Parameters<HostReader['probe']>[0]) => host.probe(command, { unguarded: true });
  const [nodes, runtimeClass, namespaces, classes, api, pods, events] = await Promise.all([
    readClusterNodes(host),
    kubectlJson(host, ['runtimeclass', 'sysbox-runc'], runtimeClassSchema),
    ask(kubectl('get', 'namespaces', '-l', 'k3sbox.io/temporary=true', '-o', `jsonpath=${temporary}`)),
    ask(kubectl('get', 'runtimeclasses', '-l', 'k3sbox.io/temporary=true', '-o', `jsonpath=${temporary}`)),
    readApi(host),
    ask(
      sh`${kubectl('get', 'pods', '-A', '-o', `jsonpath=${podPath}`)} | grep -Ev ' (Running|Succeeded) ' | head -n 50`,
    ),
    ask(
      sh`${kubectl('get', 'events', '-A', '--field-selector', 'type=Warning', '-o', `jsonpath=${eventPath}`)} | tail -n 300 | cut -c 1-1000`,
    ),
  ]);
  return {
    nodes,
    runtimeClass,
    temporary: lines(namespaces.stdout + classes.stdout),
    api,
    pods: lines(pods.stdout),
    events: lines(events.stdout).map((line) => {
      const at = line.indexOf(' ');
      return { where: line.slice(0, at), text: line.slice(at + 1) };
    }),
  };
}

/** `looked`: names of the nodes that have been looked at. */
export function judgeCluster(facts: ClusterFacts, looked: ReadonlySet<string>): readonly Finding[] {
  return [...judgeNodes(facts, looked), ...judgeApi(facts), ...judgeObjects(facts)];
}

function judgeNodes({ nodes }: ClusterFacts, looked: ReadonlySet<string>): readonly Finding[] {
  const etcd = nodes.filter(({ isEtcd }) => isEtcd);
  const spared =
    etcd.length < 3 ? undefined : etcd.map(({ name }) => whyOutage(nodes, [name])).find((why) => why !== undefined);
  return [
    ...nodes.flatMap(({ name, isReady, isCordoned }) => [
      ...unless(
        isReady,
        failure(
          'cluster',
          `node ${name} is not Ready`,
          `look at the node: journalctl -u k3s -u k3s-agent, and kubectl describe node ${name}`,
        ),
      ),
      ...unless(
        !isCordoned,
        warning(
          'cluster',
          `node ${name} is cordoned: is somebody at work on it?`,
          `kubectl uncordon ${name}, when nobody is`,
        ),
      ),
      ...unless(
        looked.has(name),
        warning(
          'cluster',
          `node ${name} was not looked at: the inventory does not have it, or it was not reached`,
          'add it to the inventory',
        ),
      ),
    ]),
    ...unless(
      spared === undefined,
      failure(
        'cluster',
        `no further server can be spared: ${spared ?? ''}`,
        'bring the missing server back before anything is restarted',
      ),
    ),
    ...addressesInPodNetworks(nodes).map((text) =>
      failure(
        'cluster',
        text,
        'Docker in pods cannot resolve names then; use another cluster-cidr, which needs a new cluster',
      ),
    ),
  ];
}

function addressesInPodNetworks(nodes: readonly ClusterNode[]): readonly string[] {
  return nodes.flatMap(({ name, address }) => {
    const owner = nodes.find(({ podNetworks }) => podNetworks.some((network) => contains(network, address)));
    return owner === undefined
      ? []
      : [`the address ${address} of node ${name} lies in the pod network of ${owner.name}`];
  });
}

/** IPv4 only: that is where private networks meet. */
function contains(network: string, address: string): boolean {
  const [base = '', bits = ''] = network.split('/');
  const [a, b] = [toNumber(base), toNumber(address)];
  if (a === undefined || b === undefined) return false;
  const size = 2 ** (32 - Number(bits));
  return Math.floor(a / size) === Math.floor(b / size);
}

function toNumber(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  const isAddress = parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part < 256);
  return isAddress ? parts.reduce((sum, part) => sum * 256 + part, 0) : undefined;
}

/** Gates are set in /etc/rancher/k3s/config.yaml: for Kubernetes 1.30 to 1.32 on, on all nodes; later nowhere off. */
function judgeApi({ api }: ClusterFacts): readonly Finding[] {
  return apiProblems(api).map((problem) =>
    failure(
      'cluster',
      problem,
      "look at: k3s kubectl get --raw '/readyz?verbose', and at feature-gates in /etc/rancher/k3s/config.yaml",
    ),
  );
}

function judgeObjects({ runtimeClass, nodes, temporary }: ClusterFacts): readonly Finding[] {
  const isOffered = nodes.some(({ labels }) => labels['sysbox-runtime'] === 'running');
  const selector = runtimeClass?.scheduling?.nodeSelector ?? {};
  return [
    ...unless(
      runtimeClass !== undefined || !isOffered,
      failure('cluster', 'there is no RuntimeClass sysbox-runc, and nodes are ready for its pods', again),
    ),
    ...unless(
      runtimeClass === undefined || runtimeClass.handler === 'sysbox-runc',
      failure(
        'cluster',
        `the RuntimeClass sysbox-runc has the handler ${runtimeClass?.handler ?? ''}`,
        `a handler cannot be changed: delete the class, and ${again}`,
      ),
    ),
    ...unless(
      runtimeClass === undefined || selector['sysbox-runtime'] === 'running',
      warning(
        'cluster',
        'the RuntimeClass sysbox-runc does not select the label sysbox-runtime=running: its pods come to nodes without Sysbox',
        again,
      ),
    ),
    ...temporary.map((object) =>
      warning('leftovers', `${object} is left of a node that was tried out`, 'delete it, when no run is under way'),
    ),
  ];
}

/** `ns/name phase node`, of pods that have the class. */
export function stuckPods({ pods }: ClusterFacts): readonly Finding[] {
  return pods.map((line) => {
    const [name = '', phase = '', node = ''] = line.split(' ');
    return warning(
      'pods',
      `${name} has the class sysbox-runc and is ${phase}${node === '' ? '' : ` on ${node}`}`,
      `kubectl describe pod -n ${name.replace('/', ' ')}`,
    );
  });
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

const podPath =
  '{range .items[?(@.spec.runtimeClassName=="sysbox-runc")]}{.metadata.namespace}/{.metadata.name} {.status.phase} {.spec.nodeName}{"\\n"}{end}';
const eventPath =
  '{range .items[*]}{.involvedObject.namespace}/{.involvedObject.name} {.reason}: {.message}{"\\n"}{end}';
