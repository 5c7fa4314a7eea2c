import { z } from 'zod';

import { parseDuration } from '../base/duration.ts';
import { TaskFailedError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import { sh } from '../base/sh.ts';
import type { HostReader } from '../host/reader.ts';
import { crioUnit } from './k3s/crio.ts';
import { requireK3sNode, runtimeOf, type K3sNode } from './k3s/k3s-node.ts';
import { readLiveRuntime, runtimeArgs, type WantedRuntime, whyRestart } from './k3s/live-runtime.ts';
import { restartScript } from './k3s/restart-script.ts';
import { etcdCanSpare } from './k3s/undo-guards.ts';
import { defineModule, unchanged } from './module.ts';
import { atMostOneOf } from './shared/args.ts';

const args = z
  .strictObject({
    runtime: runtimeArgs
      .optional()
      .describe('Restart only if the running containerd does not serve this runtime as it should. Without it: always.'),
    gone: z.string().min(1).optional().describe('Restart only if the running containerd still serves this handler.'),
    version: z
      .string()
      .regex(/^v\d+\.\d+\.\d+/, 'must be a version of K3s: v1.34.6+k3s1')
      .optional()
      .describe('Restart only if the node does not run this version yet.'),
    timeout: z
      .union([z.string(), z.number()])
      .optional()
      .describe('How long the node may take until it is Ready again (default 300s for servers, 180s for agents).'),
  })
  .superRefine((values, context) => atMostOneOf(values, ['runtime', 'gone', 'version'], context));

type Args = z.output<typeof args>;

/** Restarts K3s on one node, or for a runtime the CRI-O beside it, and waits until it works again. */
export const k3sRestart = defineModule({
  name: 'k3s_restart',
  summary:
    'Restart K3s, or for a runtime of CRI-O that, and wait for unit, runtime, node and API; containers keep running.',
  undo: 'K3s is restarted once more when the files that a rollback restores are back.',
  args,
  examples: [
    { title: 'After a change of its configuration', args: {} },
    {
      title: 'Only if containerd does not know a runtime yet',
      args: { runtime: { name: 'sysbox-runc', binary: '/usr/bin/sysbox-runc' } },
    },
    { title: 'After another binary was put in place', args: { version: 'v1.35.3+k3s1' } },
  ],

  async plan({ args: wanted, host }) {
    const { runtime, gone, timeout } = wanted;
    const node = await requireK3sNode(host);
    if (node.name === '') throw new TaskFailedError('the API does not tell this node its name', apiHint);
    const reason = await whyNow(host, node, wanted);
    if (reason === undefined) return unchanged;
    const defaultSeconds = node.role === 'server' ? 300 : 180;
    const seconds = timeout === undefined ? defaultSeconds : Math.ceil((parseDuration(timeout) ?? 0) / 1000);
    const isCrio = node.crio !== undefined && (runtime !== undefined || gone !== undefined);
    const steps = [
      restart(node, isCrio ? crioUnit : node.unit, seconds),
      ...(runtime ? waitForRuntime(node, runtime) : []),
    ];
    return { steps, result: { reason }, message: reason };
  },
});

/** Why K3s has to restart; undefined when what is asked for is in use already. */
async function whyNow(host: HostReader, node: K3sNode, { runtime, gone, version }: Args): Promise<string | undefined> {
  if (runtime !== undefined) {
    return whyRestart(await readLiveRuntime(host, node, runtime.name), runtime, runtimeOf(node));
  }
  if (gone !== undefined) {
    const live = await readLiveRuntime(host, node, gone);
    return live?.isKnown === true ? `${runtimeOf(node)} still serves ${gone}` : undefined;
  }
  if (version === undefined) return 'asked for';
  const { stdout } = await host.probe(
    sh`timeout 20 ${node.tools.kubectl} --kubeconfig ${`${node.dataDir}/agent/kubelet.kubeconfig`} get node ${node.name} -o ${'jsonpath={.status.nodeInfo.kubeletVersion}'} 2>/dev/null`,
  );
  return stdout.trim() === version ? undefined : `the node runs ${stdout.trim() || 'an unknown version'}`;
}

function restart(node: K3sNode, unit: string, seconds: number): Step {
  return {
    say: `restart ${unit} and wait until node ${node.name} is Ready`,
    do: { kind: 'exec', command: restartScript(node, unit, seconds), timeoutMs: (seconds + 60) * 1000 },
    againAfterUndo: true,
    needsNoUndo: true,
    // The API of a server goes on while its CRI-O restarts.
    ...(node.role === 'server' && unit === node.unit && { undoGuard: etcdCanSpare(node) }),
  };
}

/** Apart from the restart, which is done once more after a rollback, when the runtime is gone. */
function waitForRuntime(
  { tools, dataDir, name }: K3sNode,
  { name: runtime, pod_userns: style }: WantedRuntime,
): readonly Step[] {
  if (style === 'annotation') return [];
  const path = `jsonpath={.status.runtimeHandlers[?(@.name=="${runtime}")].features.userNamespaces}`;
  const probe = sh`said=$(${tools.kubectl} --kubeconfig ${`${dataDir}/agent/kubelet.kubeconfig`} get node ${name} -o ${path}) || exit 1
case $said in
  true) ;;
  '') echo "the node does not know "${runtime}; exit 1;;
  *) echo ${runtime}" has no user namespaces: its features command failed when the container runtime started"; exit 1;;
esac`;
  return [
    {
      say: `wait until node ${name} offers ${runtime} with user namespaces`,
      do: { kind: 'wait', probe, timeoutMs: 30_000, everyMs: 1000, orElse: `node ${name} does not offer ${runtime}` },
      changes: false,
    },
  ];
}

const apiHint = { hint: 'Check with: k3s kubectl get nodes. K3s is restarted only where its node can be watched.' };
