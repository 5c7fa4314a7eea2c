import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import type { HostReader } from '../host/reader.ts';
import { readClusterNodes, whyOutage } from './k3s/cluster-nodes.ts';
import { readK3sNode, requireContainerd, type K3sNode } from './k3s/k3s-node.ts';
import { kubectlJson } from './k3s/kubectl.ts';
import { checkRuntime } from './k3s/runtime-check.ts';
import { baseCall, dropIn, withBlock, type Runtime } from './k3s/runtime-config.ts';
import { runtimePlace } from './k3s/runtime-place.ts';
import { defineModule } from './module.ts';
import { flag, wordList } from './shared/args.ts';
import { k3sFindings, machineFindings } from './sysbox/findings.ts';
import { parseReport, preflightProbe } from './sysbox/preflight-probe.ts';

const args = z.strictObject({
  kernel_modules: wordList('What the kernel must have, beside overlay.').default(['configfs', 'fuse']),
  cluster: flag('Look at the cluster, too; for one of the servers (default no).'),
  allow_api_outage: flag('Accept that the API is away while the only server restarts (default no).'),
});

type Args = z.output<typeof args>;

/** Finds everything at once that would stop Sysbox on this node. Changes nothing. */
export const sysboxPreflight = defineModule({
  name: 'sysbox_preflight',
  summary: 'Look for everything that stands in the way of Sysbox on this node; fails with the whole list.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args,
  examples: [
    { title: 'A node', args: {} },
    { title: 'A server, and its cluster', args: { cluster: true } },
  ],

  async plan({ args: wanted, host }) {
    const node = await readK3sNode(host);
    // A server without kubelet runs no pods: there is nothing to be done on it.
    if (node?.arguments.includes('--disable-agent')) return { steps: [], message: 'this server runs no pods' };
    const [report, ...more] = await Promise.all([
      host.probe(preflightProbe(wanted.kernel_modules)),
      node === undefined ? ['K3s is not installed as a systemd service'] : runtimeProblems(host, node),
      wanted.cluster ? clusterProblems(host, wanted) : [],
    ]);
    const seen = parseReport(report);
    const machine = machineFindings(seen);
    const problems = [...machine.problems, ...(node ? k3sFindings(node).problems : []), ...more.flat()];
    if (problems.length === 0) {
      return {
        steps: [],
        result: { warnings: machine.warnings, confines_fusermount: seen('fusermount_profile') === 'yes' },
        ...message(machine.warnings),
      };
    }
    throw new TaskFailedError(
      `${problems.length} ${problems.length === 1 ? 'thing stands' : 'things stand'} in the way of Sysbox`,
      {
        output: problems.map((problem) => `- ${problem}`).join('\n'),
        hint: 'Nothing was changed on any host.',
      },
    );
  },
});

function message(warnings: readonly string[]) {
  return warnings.length === 0 ? {} : { message: `warning: ${warnings.join('; ')}` };
}

/** What would happen to the configuration of containerd, tried without writing it. */
async function runtimeProblems(host: HostReader, node: K3sNode): Promise<readonly string[]> {
  if (node.containerd === undefined) return [];
  try {
    const containerd = requireContainerd(node);
    const runtime: Runtime = { name: 'sysbox-runc', type: 'io.containerd.runc.v2', binary: '/usr/bin/sysbox-runc' };
    const place = runtimePlace(containerd, runtime.name);
    const content =
      place.mode === 'drop-in'
        ? dropIn(place.schema, runtime, place.systemdCgroup)
        : withBlock(`${baseCall}\n`, place.schema, runtime);
    await checkRuntime(host, { containerd, place, runtime, content, adopt: false });
    return [];
  } catch (error) {
    if (!(error instanceof TaskFailedError)) throw error;
    return [[error.message, error.output].filter(Boolean).join(': ')];
  }
}

async function clusterProblems(
  host: HostReader,
  { allow_api_outage: isAllowed = false }: Args,
): Promise<readonly string[]> {
  const [nodes, found] = await Promise.all([
    readClusterNodes(host),
    kubectlJson(host, ['runtimeclass', 'sysbox-runc'], z.object({ handler: z.string() })),
  ]);
  const outages = isAllowed ? [] : nodes.flatMap(({ name }) => whyOutage(nodes, [name]) ?? []);
  return [
    ...nodes.filter(({ isReady }) => !isReady).map(({ name }) => `node ${name} is not Ready`),
    ...nodes
      .filter(({ isCordoned }) => isCordoned)
      .map(({ name }) => `node ${name} is cordoned: is somebody at work on it?`),
    ...(found === undefined || found.handler === 'sysbox-runc'
      ? []
      : [`the RuntimeClass sysbox-runc has the handler ${found.handler}`]),
    ...(outages.length === 0
      ? []
      : [
          `the API would be away while a server restarts: ${outages[0] ?? ''} (sysbox_allow_api_outage: true accepts it)`,
        ]),
  ];
}
