import { z } from 'zod';

import { parseDuration } from '../base/duration.ts';
import { TaskFailedError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import { sh } from '../base/sh.ts';
import type { HostReader } from '../host/reader.ts';
import { kubectl, kubectlJson } from './k3s/kubectl.ts';
import { parseNodePods, type NodePod } from './k3s/node-pods.ts';
import { defineModule, type Planned } from './module.ts';
import { flag } from './shared/args.ts';

const args = z.strictObject({
  node: z.string().min(1).describe('Name of the node in the cluster.'),
  state: z
    .enum(['drained', 'evicted', 'schedulable'])
    .describe(
      '`drained`: no new pods, and those that are there move away. `evicted`: only those there move away. `schedulable`: new pods may come.',
    ),
  handler: z
    .string()
    .optional()
    .describe('Move only pods whose RuntimeClass has this handler; all others stay where they are.'),
  delete_unmanaged: flag('Also delete pods that nobody makes again (default no: they are named, and the task fails).'),
  timeout: z.union([z.string(), z.number()]).default('6m').describe('How long pods may take to go.'),
});

type Args = z.output<typeof args>;

/** Moves pods away from a node, and lets them come again. Runs on a K3s server. */
export const k8sDrain = defineModule({
  name: 'k8s_drain',
  summary: 'Move pods away from a Kubernetes node before something is done to it, and let them come again.',
  undo: 'Pods may come again to a node that was open to them before. Pods that have moved stay where they are.',
  args,
  examples: [
    { title: 'Before an upgrade', args: { node: 'n1', state: 'drained' } },
    { title: 'Only what runs with Sysbox', args: { node: 'n1', state: 'evicted', handler: 'sysbox-runc' } },
    { title: 'Done', args: { node: 'n1', state: 'schedulable' } },
  ],

  async plan({ args: wanted, host }) {
    const { node, state } = wanted;
    const found = await kubectlJson(host, ['node', node], nodeSchema);
    if (found === undefined) throw new TaskFailedError(`the cluster has no node ${node}`);
    const isCordoned = found.spec?.unschedulable ?? false;
    if (state === 'schedulable') return { steps: isCordoned ? [open(node)] : [] };
    const moved = await planMoving(host, wanted);
    const closed = state === 'drained' && !isCordoned ? [close(node)] : [];
    return { steps: [...closed, ...moved], result: { cordoned: closed.length > 0 } } satisfies Planned;
  },
});

const nodeSchema = z.object({ spec: z.object({ unschedulable: z.boolean().optional() }).nullish() });

function close(node: string): Step {
  return {
    say: `keep new pods from node ${node}`,
    do: { kind: 'exec', command: kubectl('cordon', node) },
    undo: { kind: 'exec', command: kubectl('uncordon', node) },
  };
}

function open(node: string): Step {
  return {
    say: `let pods come to node ${node}`,
    do: { kind: 'exec', command: kubectl('uncordon', node) },
    undo: { kind: 'exec', command: kubectl('cordon', node) },
  };
}

const none: readonly string[] = [];

async function planMoving(host: HostReader, { node, handler, delete_unmanaged: force = false, timeout }: Args) {
  const [pods, classes] = await Promise.all([
    readPodsOf(host, node),
    handler === undefined ? none : classesOf(host, handler),
  ]);
  const chosen = pods.filter(
    ({ owner, runtimeClass }) =>
      owner !== 'DaemonSet' && owner !== 'Node' && (handler === undefined || classes.includes(runtimeClass)),
  );
  if (chosen.length === 0) return [];
  const lonely = chosen.filter(({ owner }) => owner === '');
  if (lonely.length > 0 && !force) throw unmanaged(node, lonely);
  const seconds = Math.ceil((parseDuration(timeout) ?? 360_000) / 1000);
  return [moving(node, chosen, { seconds, all: handler === undefined, force })];
}

interface How {
  readonly seconds: number;
  readonly all: boolean;
  readonly force: boolean;
}

/** A disruption budget can refuse for a while: a drain is tried three times. */
function moving(node: string, pods: readonly NodePod[], { seconds, all, force }: How): Step {
  const names = pods.map(({ namespace, name }) => `${namespace}/${name}`);
  const words = ['drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--grace-period=300'];
  const drain = kubectl(...words, `--timeout=${seconds}s`, ...(force ? ['--force'] : []));
  const remove = sh.lines(
    pods.map(
      ({ namespace, name }) =>
        sh`${kubectl('delete', 'pod', name, '-n', namespace, '--ignore-not-found', '--wait=true', `--timeout=${seconds}s`)} || exit 1`,
    ),
  );
  const command = all ? sh`n=1; until ${drain}; do [ $n -lt 3 ] || exit 1; n=$((n + 1)); sleep 10; done` : remove;
  return {
    say: `move ${names.length === 1 ? 'a pod' : `${names.length} pods`} away from node ${node}: ${names.slice(0, 5).join(', ')}${names.length > 5 ? ', ...' : ''}`,
    do: { kind: 'exec', command, timeoutMs: (3 * seconds + 60) * 1000 },
    needsNoUndo: true,
  };
}

function unmanaged(node: string, pods: readonly NodePod[]): TaskFailedError {
  return new TaskFailedError(
    `nobody would make these pods of node ${node} again: ${pods.map(({ namespace, name }) => `${namespace}/${name}`).join(', ')}`,
    { hint: 'Move or delete them yourself, or set `delete_unmanaged: true` (sysbox_delete_unmanaged_pods).' },
  );
}

async function readPodsOf(host: HostReader, node: string): Promise<readonly NodePod[]> {
  const path =
    'jsonpath={range .items[*]}{.metadata.namespace} {.metadata.name} {.spec.runtimeClassName},{.metadata.ownerReferences[0].kind},{.status.phase}{"\\n"}{end}';
  const { exitCode, stdout, stderr } = await host.probe(
    kubectl('get', 'pods', '-A', '--field-selector', `spec.nodeName=${node}`, '-o', path),
    { unguarded: true },
  );
  if (exitCode !== 0) throw new TaskFailedError(`the pods of node ${node} cannot be listed`, { output: stderr });
  return parseNodePods(stdout);
}

/** Names of the RuntimeClasses that lead to a handler. */
async function classesOf(host: HostReader, handler: string): Promise<readonly string[]> {
  const schema = z.object({
    items: z.array(z.object({ metadata: z.object({ name: z.string() }), handler: z.string() })),
  });
  const found = await kubectlJson(host, ['runtimeclasses'], schema);
  return (found?.items ?? []).filter((each) => each.handler === handler).map(({ metadata }) => metadata.name);
}
