import { z } from 'zod';

import type { HostReader } from '../../host/reader.ts';
import { kubectlJson } from './kubectl.ts';

const nodeSchema = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).nullish() }),
  spec: z.object({ unschedulable: z.boolean().optional(), podCIDRs: z.array(z.string()).nullish() }).nullish(),
  status: z
    .object({
      conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish(),
      addresses: z.array(z.object({ type: z.string(), address: z.string() })).nullish(),
    })
    .nullish(),
});

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

/** All nodes of the cluster; asked on a server. */
export async function readClusterNodes(host: HostReader): Promise<readonly ClusterNode[]> {
  const answer = await kubectlJson(host, ['nodes'], z.object({ items: z.array(nodeSchema) }));
  return (answer?.items ?? []).map(({ metadata: { name, labels }, spec, status }) => ({
    name,
    isReady: status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True') ?? false,
    isCordoned: spec?.unschedulable ?? false,
    isControlPlane: labels?.['node-role.kubernetes.io/control-plane'] === 'true',
    isEtcd: labels?.['node-role.kubernetes.io/etcd'] === 'true',
    labels: labels ?? {},
    address: status?.addresses?.find(({ type }) => type === 'InternalIP')?.address ?? '',
    podNetworks: spec?.podCIDRs ?? [],
  }));
}

/**
 * Why the API would be away while `name` restarts; undefined when it stays. An etcd of n members needs n/2 + 1 of them, so
 * two are no better than one. With an external datastore another server is enough.
 */
export function whyOutage(nodes: readonly ClusterNode[], name: string): string | undefined {
  const node = nodes.find((each) => each.name === name);
  if (node === undefined || !node.isControlPlane) return undefined;
  const etcd = nodes.filter(({ isEtcd }) => isEtcd);
  const needed = Math.floor(etcd.length / 2) + 1;
  const others = etcd.filter((each) => each.isReady && each.name !== name).length;
  if (node.isEtcd && others < needed) {
    return `etcd has ${count(etcd.length, 'member')}, needs ${needed}, and without ${name} has ${others}`;
  }
  const servers = nodes.filter((each) => each.isControlPlane && each.isReady && each.name !== name);
  return servers.length === 0 ? `${name} is the only server that is Ready` : undefined;
}

function count(n: number, word: string): string {
  return `${n} ${word}${n === 1 ? '' : 's'}`;
}
