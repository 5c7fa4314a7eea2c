import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import { sh } from '../base/sh.ts';
import { lastLines } from '../base/text.ts';
import { hostJson } from './k3s/host-json.ts';
import { requireK3sNode, type K3sNode } from './k3s/k3s-node.ts';
import { defineModule, unchanged } from './module.ts';

const args = z.strictObject({
  labels: z
    .record(z.string(), z.union([z.string(), z.null()]))
    .describe("Labels by name; null takes one away. Names below kubernetes.io are not a node's own to change."),
});

/** Labels the node that the task runs on, with the kubelet's own rights: no other host takes part. */
export const k8sLabel = defineModule({
  name: 'k8s_label',
  summary: 'Set or remove labels of this Kubernetes node.',
  args,
  examples: [
    { title: 'Pods with Sysbox may come', args: { labels: { 'sysbox-runtime': 'running' } } },
    { title: 'No more', args: { labels: { 'sysbox-runtime': null } } },
  ],

  async plan({ args: { labels }, host }) {
    const node = await requireK3sNode(host);
    const { exitCode, stdout, stderr } = await host.probe(
      sh`${kubelet(node)} get node ${node.name} -o ${'jsonpath={.metadata.labels}'}`,
    );
    if (exitCode !== 0) {
      throw new TaskFailedError(`node ${node.name} cannot be read`, { output: lastLines(stderr, 3) });
    }
    const now = stdout === '' ? {} : hostJson(stdout, labelsSchema, `kubectl get node ${node.name}`);
    const wanted = Object.entries(labels).filter(([name, value]) => (now[name] ?? null) !== value);
    if (wanted.length === 0) return unchanged;
    return { steps: [labelStep(node, wanted, now)] };
  },
});

const labelsSchema = z.record(z.string(), z.string());

type Labels = readonly (readonly [name: string, value: string | null])[];

function labelStep(node: K3sNode, wanted: Labels, now: Readonly<Record<string, string>>): Step {
  const previous = wanted.map(([name]) => [name, now[name] ?? null] as const);
  const text = (labels: Labels): string => labels.map(([name, value]) => `${name}: ${value ?? '(none)'}\n`).join('');
  return {
    say: `label node ${node.name}: ${words(wanted).join(' ')}`,
    do: { kind: 'exec', command: sh`${kubelet(node)} label node ${node.name} --overwrite ${words(wanted)}` },
    undo: { kind: 'exec', command: sh`${kubelet(node)} label node ${node.name} --overwrite ${words(previous)}` },
    diff: { of: `labels of node ${node.name}`, before: text(previous), after: text(wanted) },
  };
}

function words(labels: Labels): readonly string[] {
  return labels.map(([name, value]) => (value === null ? `${name}-` : `${name}=${value}`));
}

function kubelet({ tools, dataDir }: K3sNode) {
  return sh`${tools.kubectl} --kubeconfig ${`${dataDir}/agent/kubelet.kubeconfig`}`;
}
