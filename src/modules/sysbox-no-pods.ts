import { z } from 'zod';

import { parseDuration } from '../base/duration.ts';
import { TaskFailedError } from '../base/errors.ts';
import { requireK3sNode, runsPods } from './k3s/k3s-node.ts';
import { noPodsRunWith } from './k3s/undo-guards.ts';
import { defineModule, unchanged } from './module.ts';
import { readPods } from './sysbox/sysbox-node.ts';

const args = z.strictObject({
  runtime: z.string().min(1).default('sysbox-runc').describe('The handler that no pod may run with.'),
  wait: z
    .union([z.string(), z.number()])
    .optional()
    .describe('How long pods that are moving away may take to go. Without it the task fails while there are any.'),
});

/** What Sysbox's programs are stopped or taken away behind. */
export const sysboxNoPods = defineModule({
  name: 'sysbox_no_pods',
  summary: 'See that no pod on this node runs with Sysbox, by its containerd; fails with the list of them.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args,
  examples: [
    { title: 'Before anything is touched', args: {} },
    { title: 'Behind k8s_drain, before the daemons stop', args: { wait: '2m' } },
  ],

  async plan({ args: { runtime, wait }, host }) {
    const node = await requireK3sNode(host);
    if (!runsPods(node)) return unchanged;
    const pods = await readPods(host, node, runtime);
    if (pods === undefined) {
      throw new TaskFailedError('containerd does not answer, so nobody knows which pods run here', {
        hint: `Look at: ${node.tools.crictl.join(' ')} pods`,
      });
    }
    if (pods.length === 0) return unchanged;
    const names = pods.map(({ namespace, name }) => `${namespace}/${name}`).join(', ');
    if (wait === undefined) {
      throw new TaskFailedError(`pods run with ${runtime} on node ${node.name}: ${names}`, {
        hint: 'Nothing was changed on this node. Move or delete them, or set sysbox_evict_pods: true, which does so.',
      });
    }
    return {
      steps: [
        {
          say: `wait until no pod runs with ${runtime} on node ${node.name}`,
          do: {
            kind: 'wait',
            probe: noPodsRunWith(node, runtime).command,
            timeoutMs: parseDuration(wait) ?? 120_000,
            everyMs: 1000,
            orElse: `pods still run with ${runtime} on node ${node.name}`,
          },
          changes: false,
        },
      ],
    };
  },
});
