import { z } from 'zod';

import { kubectlJson } from './k3s/kubectl.ts';
import { requireK3sNode } from './k3s/k3s-node.ts';
import { parseDuration } from '../base/duration.ts';
import { sh } from '../base/sh.ts';
import { defineModule, unchanged } from './module.ts';

const args = z.strictObject({
  name: z
    .string()
    .regex(/^[\w.-]+$/, 'must be letters, digits, dots and dashes')
    .describe("Start of the snapshot's name; K3s adds node and time."),
  max_age: z
    .union([z.string(), z.number()])
    .default(0)
    .describe('A snapshot of this name that is not older will do (default: save one each time).'),
});

/** Saves the cluster's state before something risky. Runs on a server. */
export const k3sSnapshot = defineModule({
  name: 'k3s_snapshot',
  summary: 'Save a snapshot of the embedded etcd; nothing to do where there is another datastore.',
  undo: 'The snapshot stays.',
  background: true,
  args,
  examples: [{ title: 'Once for a rollout', args: { name: 'before-sysbox', max_age: '1h' } }],

  async plan({ args: { name, max_age: maxAge }, host }) {
    const node = await requireK3sNode(host);
    const folder = `${node.dataDir}/server/db/snapshots`;
    const schema = z.object({ metadata: z.object({ labels: z.record(z.string(), z.string()).nullish() }) });
    const minutes = Math.floor((parseDuration(maxAge) ?? 0) / 60_000);
    const [found, recent] = await Promise.all([
      kubectlJson(host, ['node', node.name], schema),
      host.probe(sh`find ${folder} -maxdepth 1 -name ${`${name}-*`} -mmin ${`-${minutes}`} 2>/dev/null`, {
        unguarded: true,
      }),
    ]);
    if (found?.metadata.labels?.['node-role.kubernetes.io/etcd'] !== 'true') {
      return { ...unchanged, message: 'this server has no embedded etcd' };
    }
    const [last] = recent.stdout.trim().split('\n');
    if (minutes > 0 && last) return { ...unchanged, message: `${last} will do` };
    const command = sh`${node.binary} etcd-snapshot save --name ${name}`;
    const say = `save an etcd snapshot ${name}`;
    return { steps: [{ say, do: { kind: 'exec', command, timeoutMs: 300_000 }, needsNoUndo: true }] };
  },
});
