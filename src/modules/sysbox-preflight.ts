import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import type { HostReader } from '../host/reader.ts';
import { sh } from '../base/sh.ts';
import { apiProblems, readApi } from './k3s/api-state.ts';
import { readClusterNodes, whyOutage } from './k3s/cluster-nodes.ts';
import { planCrioRuntime } from './k3s/crio.ts';
import { readK3sNode, runsPods, type K3sNode } from './k3s/k3s-node.ts';
import { kubectlJson } from './k3s/kubectl.ts';
import { planRuntime } from './k3s/runtime-plan.ts';
import { runtimePlace } from './k3s/runtime-place.ts';
import { defineModule } from './module.ts';
import { flag, textual, wordList } from './shared/args.ts';
import { distroWarning, k3sFindings, machineFindings } from './sysbox/findings.ts';
import { parseReport, preflightProbe } from './sysbox/preflight-probe.ts';
import { readPods } from './sysbox/sysbox-node.ts';

const args = z.strictObject({
  kernel_modules: wordList('What the kernel must have, beside overlay.').default(['configfs', 'fuse']),
  cluster: flag('Look at the cluster, too; for one of the servers (default no).'),
  version: textual('The Sysbox that is to come: another one is not put under running pods.').optional(),
  image: z.string().optional().describe('An image that must be on the node already: pods will not pull it.'),
  pod_userns: z
    .enum(['hostUsers', 'annotation'])
    .default('hostUsers')
    .describe('How pods ask for their user namespace; `annotation` is for CRI-O.'),
  adopt: flag('As of `containerd_runtime`.'),
  force_template: flag('As of `containerd_runtime`.'),
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
    const hasPods = node === undefined || runsPods(node);
    const [own, cluster] = await Promise.all([
      hasPods ? nodeFindings(host, node, wanted) : nothing,
      wanted.cluster ? clusterProblems(host, wanted) : [],
    ]);
    const problems = [...own.problems, ...cluster];
    if (problems.length === 0) {
      return {
        steps: [],
        result: { warnings: own.warnings, confines_fusermount: own.confinesFusermount, runs_pods: hasPods },
        ...(hasPods ? message(own.warnings) : { message: 'this server runs no pods' }),
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

interface NodeFindings {
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly confinesFusermount: boolean;
}

const nothing: NodeFindings = { problems: [], warnings: [], confinesFusermount: false };

async function nodeFindings(host: HostReader, node: K3sNode | undefined, wanted: Args): Promise<NodeFindings> {
  const [report, ...more] = await Promise.all([
    host.probe(preflightProbe(wanted.kernel_modules)),
    node === undefined ? ['K3s is not installed as a systemd service'] : runtimeProblems(host, node, wanted),
    node === undefined ? [] : imageProblems(host, node, wanted),
  ]);
  const seen = parseReport(report);
  const machine = machineFindings(seen, wanted.pod_userns);
  const pods = node === undefined ? [] : await podProblems(host, node, seen('version'), wanted);
  return {
    problems: [
      ...machine.problems,
      ...(node ? k3sFindings(node, wanted.pod_userns).problems : []),
      ...more.flat(),
      ...pods,
    ],
    warnings: [...distroWarning(seen('distro')), ...machine.warnings, ...templateWarnings(node)],
    confinesFusermount: seen('fusermount_profile') === 'yes',
  };
}

function message(warnings: readonly string[]) {
  return warnings.length === 0 ? {} : { message: `warning: ${warnings.join('; ')}` };
}

/** What would happen to the configuration of containerd, or of CRI-O, tried without writing it. */
async function runtimeProblems(host: HostReader, node: K3sNode, wanted: Args): Promise<readonly string[]> {
  const runtime = { name: 'sysbox-runc', type: 'io.containerd.runc.v2', binary: '/usr/bin/sysbox-runc' };
  const { containerd, crio } = node;
  if (crio === undefined && containerd === undefined) return brokenConfiguration(host, node);
  try {
    if (crio !== undefined) await planCrioRuntime(host, crio, runtime, wanted.adopt ?? false);
    else if (containerd !== undefined) {
      const place = runtimePlace(containerd, runtime.name);
      await planRuntime(host, containerd, place, runtime, { adopt: wanted.adopt, force: wanted.force_template });
    }
    return [];
  } catch (error) {
    if (!(error instanceof TaskFailedError)) throw error;
    const problem = [error.message, error.output].filter(Boolean).join(': ');
    return [error.hint === undefined ? problem : `${problem}. ${error.hint}`];
  }
}

/** Why there may be no containerd: it does not start with what K3s has rendered, and K3s ends with it. */
async function brokenConfiguration(host: HostReader, { dataDir }: K3sNode): Promise<readonly string[]> {
  const [binary, file] = [`${dataDir}/data/current/bin/containerd`, `${dataDir}/agent/etc/containerd/config.toml`];
  const { exitCode, stdout } = await host.probe(
    sh`[ -x ${binary} ] && [ -f ${file} ] || exit 0
said=$(${binary} -c ${file} config dump 2>&1 >/dev/null) && exit 0
printf '%s\n' "$said" | tail -n 1; exit 1`,
    { unguarded: true },
  );
  if (exitCode === 0) return [];
  return [`containerd does not accept ${file}: ${stdout.trim()}. Correct the templates and drop-ins beside it`];
}

function templateWarnings(node: K3sNode | undefined): readonly string[] {
  const files = node?.containerd?.files ?? [];
  const hasBoth = ['config-v3.toml.tmpl', 'config.toml.tmpl'].every((name) => files.includes(name));
  return hasBoth ? [`${node?.containerd?.folder ?? ''} has both templates, of which config.toml.tmpl is not read`] : [];
}

async function imageProblems(host: HostReader, { tools }: K3sNode, { image }: Args): Promise<readonly string[]> {
  if (image === undefined) return [];
  const { stdout } = await host.probe(sh`${tools.crictl} images -q ${image} 2>/dev/null`, { unguarded: true });
  return stdout.trim() === '' ? [`the image ${image} is not on the node, and pods may not pull it`] : [];
}

async function podProblems(
  host: HostReader,
  node: K3sNode,
  version: string,
  { version: wanted }: Args,
): Promise<readonly string[]> {
  if (wanted === undefined || version === '' || version === wanted) return [];
  const pods = ((await readPods(host, node, 'sysbox-runc')) ?? []).map(({ namespace, name }) => `${namespace}/${name}`);
  if (pods.length === 0) return [];
  return [
    `pods run with Sysbox ${version}: ${pods.slice(0, 5).join(', ')}${pods.length > 5 ? ', ...' : ''}; playbooks/sysbox-upgrade.yaml moves them away with sysbox_evict_pods: true`,
  ];
}

async function clusterProblems(
  host: HostReader,
  { allow_api_outage: isAllowed = false, pod_userns: style }: Args,
): Promise<readonly string[]> {
  const [nodes, found, api] = await Promise.all([
    readClusterNodes(host),
    kubectlJson(host, ['runtimeclass', 'sysbox-runc'], z.object({ handler: z.string() })),
    readApi(host),
  ]);
  const outages = isAllowed ? [] : nodes.flatMap(({ name }) => whyOutage(nodes, [name]) ?? []);
  return [
    ...apiProblems(style === 'annotation' ? { ...api, userNamespaces: '' } : api),
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
