import { z } from 'zod';

import { requireK3sNode } from './k3s/k3s-node.ts';
import { importsDropIns } from './k3s/runtime-place.ts';
import { defineModule } from './module.ts';

/** Kubernetes' names of what `uname -m` prints. */
const architectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm',
  s390x: 's390x',
};

/** Finds out how K3s runs on the host. */
export const k3sInfo = defineModule({
  name: 'k3s_info',
  summary: 'Find out how K3s runs on this host: unit, role, node, version, containerd.',
  args: z.strictObject({}),
  examples: [{ title: 'What is it?', args: {} }],

  async plan({ host }) {
    const [node, { architecture }] = await Promise.all([requireK3sNode(host), host.facts()]);
    const { containerd } = node;
    const k3s = {
      unit: node.unit,
      role: node.role,
      node: node.name,
      version: node.version,
      binary: node.binary,
      data_dir: node.dataDir,
      arch: typeof architecture === 'string' ? (architectures[architecture] ?? architecture) : '',
      containerd_version: containerd?.version ?? '',
      has_drop_ins: containerd !== undefined && importsDropIns(containerd.config, containerd.folder),
    };
    return { steps: [], result: k3s, message: `${node.role} ${node.name}, ${node.version}` };
  },
});
