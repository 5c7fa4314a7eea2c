import { z } from 'zod';

import { type K3sNode, requireK3sNode, runsPods, runtimeOf } from './k3s/k3s-node.ts';
import { readLiveRuntime, runtimeArgs, whyRestart } from './k3s/live-runtime.ts';
import { importsDropIns } from './k3s/runtime-place.ts';
import { defineModule } from './module.ts';

/** Kubernetes' names of what `uname -m` prints. */
const architectures: Readonly<Record<string, string>> = {
  x86_64: 'amd64',
  aarch64: 'arm64',
  armv7l: 'arm',
  s390x: 's390x',
};

/** Words that start kubectl for the cluster's administrator, on a server. */
function adminKubectl({ distribution, tools }: K3sNode): string {
  const file = distribution === 'rke2' ? ['--kubeconfig', '/etc/rancher/rke2/rke2.yaml'] : [];
  return [...tools.kubectl, ...file].join(' ');
}

/** Finds out how K3s runs on the host. */
export const k3sInfo = defineModule({
  name: 'k3s_info',
  summary: 'Find out how K3s runs on this host: unit, role, node, version, containerd.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args: z.strictObject({
    runtime: runtimeArgs
      .optional()
      .describe(
        'Also tell, as `needs_restart`, whether the running containerd does not serve this runtime as it should, and, as `serves_runtime`, whether it knows it.',
      ),
  }),
  examples: [
    { title: 'What is it?', args: {} },
    { title: 'Does it know Sysbox?', args: { runtime: { name: 'sysbox-runc', binary: '/usr/bin/sysbox-runc' } } },
  ],

  async plan({ args: { runtime }, host }) {
    const [node, { architecture }] = await Promise.all([requireK3sNode(host), host.facts()]);
    const { containerd } = node;
    const live = runtime && (await readLiveRuntime(host, node, runtime.name));
    const why = runtime && whyRestart(live, runtime, runtimeOf(node));
    const k3s = {
      unit: node.unit,
      role: node.role,
      runs_pods: runsPods(node),
      node: node.name,
      version: node.version,
      binary: node.binary,
      distribution: node.distribution,
      kubectl: adminKubectl(node),
      crictl: node.tools.crictl.join(' '),
      ctr: node.tools.ctr.join(' '),
      data_dir: node.dataDir,
      arch: typeof architecture === 'string' ? (architectures[architecture] ?? architecture) : '',
      // RuntimeClasses and labels are the same; files, unit and restart are not
      runtime: runtimeOf(node),
      crio_version: node.crio?.version ?? '',
      containerd_version: containerd?.version ?? '',
      has_drop_ins: containerd !== undefined && importsDropIns(containerd.config, containerd.folder),
      ...(runtime && { needs_restart: why !== undefined, serves_runtime: live?.isKnown ?? false }),
    };
    const about = `${node.role} ${node.name}, ${node.version}`;
    return { steps: [], result: k3s, message: why === undefined ? about : `${about}: ${why}` };
  },
});
