import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import { parseDuration } from '../base/duration.ts';
import type { Step } from '../base/op.ts';
import { sh } from '../base/sh.ts';
import type { HostReader } from '../host/reader.ts';
import { type ClusterNode, readClusterNodes, whyOutage } from './k3s/cluster-nodes.ts';
import { kubectl } from './k3s/kubectl.ts';
import { signsOfLife } from './k3s/signs-of-life.ts';
import { defineModule, unchanged } from './module.ts';
import { flag } from './shared/args.ts';

const args = z.strictObject({
  without: z
    .union([z.string(), z.array(z.string()).min(1)])
    .optional()
    .describe(
      'Name of a node that is about to go away for a while, or of several at a time: can the cluster spare them? Before a server goes, the others have to give a sign of life.',
    ),
  allow_api_outage: flag('Accept that the API is away while `without` restarts (default no).'),
  others_only: flag('Wait for the other nodes only: what is broken may go away (default no).'),
  timeout: z.union([z.string(), z.number()]).default('120s').describe('How long to wait for nodes that are not Ready.'),
});

/** Waits for a healthy cluster. Runs on a server. */
export const k3sReady = defineModule({
  name: 'k3s_ready',
  summary: 'Wait until all nodes of the cluster are Ready, and see that it can spare one.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args,
  examples: [
    { title: 'Wait for all nodes', args: {} },
    { title: 'Before a restart', args: { without: 'n2', timeout: '60s' } },
    { title: 'As the gate of a rollout: may these nodes go away together?', args: { without: ['n1', 'n2'] } },
  ],

  async plan({
    args: { without, allow_api_outage: isAllowed = false, others_only: isForOthers = false, timeout },
    host,
  }) {
    const nodes = await readClusterNodes(host);
    const names = typeof without === 'string' ? [without] : (without ?? []);
    const unknown = names.find((one) => !nodes.some(({ name }) => name === one));
    if (unknown !== undefined) {
      throw new TaskFailedError(`the cluster has no node ${unknown}`, {
        hint: `It has ${nodes.map(({ name }) => name).join(', ')}.`,
      });
    }
    const outage = isAllowed ? undefined : whyOutage(nodes, names);
    if (outage !== undefined) {
      throw new TaskFailedError(
        `the API would be away while ${names.join(', ')} restart${names.length === 1 ? 's' : ''}: ${outage}`,
        {
          hint: 'Pods go on running meanwhile. `allow_api_outage: true` accepts it: in our playbooks sysbox_allow_api_outage and k3s_allow_api_outage.',
        },
      );
    }
    const spared = isForOthers ? names : [];
    const alive = isAllowed ? undefined : await signsOfOthers(host, nodes, names);
    const waiting = nodes.filter(({ name, isReady }) => !isReady && !spared.includes(name)).map(({ name }) => name);
    if (waiting.length === 0) return alive === undefined ? unchanged : { steps: [alive] };
    const ready =
      'jsonpath={range .items[*]}{.metadata.name} {.status.conditions[?(@.type=="Ready")].status}{"\\n"}{end}';
    const away = `away= ${spared.join(' ')} `;
    return {
      message: `not Ready: ${waiting.join(', ')}`,
      steps: [
        ...(alive === undefined ? [] : [alive]),
        {
          say: `wait for ${waiting.join(', ')} to be Ready`,
          do: {
            kind: 'wait',
            probe: sh`nodes=$(${kubectl('get', 'nodes', '-o', ready)}) || exit 1; printf '%s\n' "$nodes" | awk -v ${away} 'NF == 2 && $2 != "True" && !index(away, " " $1 " ") { exit 1 }'`,
            timeoutMs: parseDuration(timeout) ?? 120_000,
            everyMs: 2000,
            orElse: 'some nodes are not Ready',
          },
          changes: false,
        },
      ],
    };
  },
});

/** Before a server goes away, the others that are Ready have to show that they are there. */
async function signsOfOthers(
  host: HostReader,
  nodes: readonly ClusterNode[],
  names: readonly string[],
): Promise<Step | undefined> {
  const servers = nodes.filter(({ isControlPlane }) => isControlPlane);
  const others = servers.filter(({ name, isReady }) => isReady && !names.includes(name)).map(({ name }) => name);
  if (others.length === 0 || servers.every(({ name }) => !names.includes(name))) return undefined;
  return signsOfLife(host, others);
}
