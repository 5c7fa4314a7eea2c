import { z } from 'zod';

import type { HostReader } from '../../host/reader.ts';
import { tryHostJson } from './host-json.ts';
import { apiError, kubectl } from './kubectl.ts';

/** A node as the API has it. */
export interface ClusterNode {
  readonly name: string;
  readonly isReady: boolean;
  readonly isCordoned: boolean;
  readonly isControlPlane: boolean;
  /** A member of the embedded etcd. */
  readonly isEtcd: boolean;
  readonly labels: Readonly<Record<string, string>>;
  /** In the network of the nodes; empty when it is not told. */
  readonly address: string;
  /** Where its pods get their addresses from: "10.42.1.0/24". */
  readonly podNetworks: readonly string[];
}

/** All nodes of the cluster; asked on a server. @throws TaskFailedError when the API does not answer */
export async function readClusterNodes(host: HostReader): Promise<readonly ClusterNode[]> {
  const { exitCode, stdout, stderr } = await host.probe(kubectl('get', 'nodes', '-o', `jsonpath=${columns}`), {
    unguarded: true,
  });
  if (exitCode !== 0) throw apiError(stderr);
  return stdout.split('\n').filter(Boolean).map(parseNode);
}

/** Only what is needed: a node as JSON is long (it names all of its images), and there may be hundreds. */
const columns = `{range .items[*]}${[
  '.metadata.name',
  '.spec.unschedulable',
  '.status.conditions[?(@.type=="Ready")].status',
  '.status.addresses[?(@.type=="InternalIP")].address',
  '.spec.podCIDRs',
  '.metadata.labels',
]
  .map((path) => `{${path}}`)
  .join('{"\\t"}')}{"\\n"}{end}`;

function parseNode(line: string): ClusterNode {
  const [name = '', unschedulable, ready, addresses = '', networks = '', text = ''] = line.split('\t');
  const labels = tryHostJson(text, z.record(z.string(), z.string())) ?? {};
  return {
    name,
    isReady: ready === 'True',
    isCordoned: unschedulable === 'true',
    isControlPlane: labels['node-role.kubernetes.io/control-plane'] === 'true',
    isEtcd: labels['node-role.kubernetes.io/etcd'] === 'true',
    labels,
    address: addresses.split(' ')[0] ?? '',
    podNetworks: tryHostJson(networks, z.array(z.string())) ?? [],
  };
}

/**
 * Why the API would be away while these nodes restart together; undefined when it stays. An etcd of n members needs n/2 + 1 of
 * them, so two are no better than one. With an external datastore another server is enough.
 */
export function whyOutage(nodes: readonly ClusterNode[], names: readonly string[]): string | undefined {
  const isGone = ({ name }: ClusterNode): boolean => names.includes(name);
  const going = nodes.filter((each) => each.isControlPlane && isGone(each));
  if (going.length === 0) return undefined;
  const without = going.map(({ name }) => name).join(', ');
  const etcd = nodes.filter(({ isEtcd }) => isEtcd);
  const needed = Math.floor(etcd.length / 2) + 1;
  const others = etcd.filter((each) => each.isReady && !isGone(each)).length;
  if (going.some(({ isEtcd }) => isEtcd) && others < needed) {
    return `etcd has ${count(etcd.length, 'member')}, needs ${needed}, and without ${without} has ${others}`;
  }
  const servers = nodes.filter((each) => each.isControlPlane && each.isReady && !isGone(each));
  if (servers.length > 0) return undefined;
  return going.length === 1 ? `${without} is the only server that is Ready` : `no server but ${without} is Ready`;
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`;
}
