import { z } from 'zod';

import { sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import { tryHostJson } from './host-json.ts';
import type { K3sNode } from './k3s-node.ts';

/** A label of the node, by its own kubelet's rights; undefined where it has none, or the API does not answer. */
export async function readNodeLabel(host: HostReader, node: K3sNode, label: string): Promise<string | undefined> {
  const { stdout } = await host.probe(
    sh`timeout 20 ${node.tools.kubectl} --kubeconfig ${`${node.dataDir}/agent/kubelet.kubeconfig`} get node ${node.name} -o ${'jsonpath={.metadata.labels}'} 2>/dev/null`,
    { unguarded: true },
  );
  return tryHostJson(stdout, z.record(z.string(), z.string()))?.[label];
}
