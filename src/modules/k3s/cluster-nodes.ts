import { z } from 'zod';

import type { HostReader } from '../../host/reader.ts';
import { kubectlJson } from './kubectl.ts';

const nodeSchema = z.object({
  metadata: z.object({ name: z.string(), labels: z.record(z.string(), z.string()).nullish() }),
  spec: z.object({ unschedulable: z.boolean().optional() }).nullish(),
  status: z.object({ conditions: z.array(z.object({ type: z.string(), status: z.string() })).nullish() }).nullish(),
});

/** A node as the API has it. */
export interface ClusterNode {
  readonly name: string;
  readonly isReady: boolean;
  readonly isCordoned: boolean;
  readonly isControlPlane: boolean;
  /** A member of the embedded etcd. */
  readonly isEtcd: boolean;
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
  }));
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
