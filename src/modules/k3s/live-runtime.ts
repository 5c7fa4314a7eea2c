import { z } from 'zod';

import { sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import { hostPath } from '../shared/args.ts';
import { hasRuntime } from './config-dump.ts';
import { tryHostJson } from './host-json.ts';
import type { K3sNode } from './k3s-node.ts';
import { tomlValue } from './toml-tables.ts';

/** What the running containerd says about one handler. */
export interface LiveRuntime {
  readonly isKnown: boolean;
  /** From the OCI runtime's `features`, which containerd asks for once, when it starts. */
  readonly hasUserNamespaces: boolean;
  readonly binary: string;
  readonly systemdCgroup: boolean;
  /** Of runc: the value to compare with. */
  readonly runcSystemdCgroup: boolean;
}

/** How modules name a runtime that the running containerd must serve. */
export const runtimeArgs = z.strictObject({
  name: z.string().min(1).describe('Handler that the running containerd must serve, with user namespaces.'),
  binary: hostPath('Its OCI runtime.'),
  pod_userns: z
    .enum(['hostUsers', 'annotation'])
    .default('hostUsers')
    .describe(
      'How pods ask for their user namespace. `annotation` is for CRI-O, which need not offer any to Kubernetes then.',
    ),
});

export type WantedRuntime = z.output<typeof runtimeArgs>;

const runtimeSchema = z.object({
  options: z.object({ BinaryName: z.string().optional(), SystemdCgroup: z.boolean().optional() }).nullish(),
});
// Only what is read; crictl prints much more, and not always the same.
const handlersSchema = z.object({
  runtimeHandlers: z
    .array(
      z.object({
        name: z.string().optional(),
        features: z.object({ user_namespaces: z.boolean().optional() }).optional(),
      }),
    )
    .nullish(),
});
const infoSchema = handlersSchema.extend({
  config: z.object({ containerd: z.object({ runtimes: z.record(z.string(), runtimeSchema) }) }),
});

/** Asks the running containerd, or CRI-O. Undefined when it does not answer. */
export async function readLiveRuntime(
  host: HostReader,
  { tools, crio }: K3sNode,
  name: string,
): Promise<LiveRuntime | undefined> {
  const info = host.probe(sh`${tools.crictl} info 2>/dev/null`);
  if (crio === undefined) {
    const { exitCode, stdout } = await info;
    return exitCode === 0 ? parseLiveRuntime(stdout, name) : undefined;
  }
  // CRI-O tells its runtimes to `crio status` alone.
  const [{ stdout }, config] = await Promise.all([info, host.probe(sh`${crio.binary} status config 2>/dev/null`)]);
  return config.exitCode === 0 ? parseLiveCrio(config.stdout, stdout, name) : undefined;
}

/** The handler `name` in what `crio status config` and `crictl info` print. CRI-O has one cgroup driver for all. */
export function parseLiveCrio(config: string, info: string, name: string): LiveRuntime {
  const handlers = tryHostJson(info, handlersSchema)?.runtimeHandlers ?? [];
  const binary = tomlValue(config, ['crio', 'runtime', 'runtimes', name], 'runtime_path');
  return {
    isKnown: hasRuntime(config, name),
    hasUserNamespaces: handlers.find((each) => each.name === name)?.features?.user_namespaces ?? false,
    binary: binary?.replaceAll('"', '') ?? '',
    systemdCgroup: true,
    runcSystemdCgroup: true,
  };
}

/** The handler `name` in what `crictl info` prints; undefined when it is not that. */
export function parseLiveRuntime(json: string, name: string): LiveRuntime | undefined {
  const info = tryHostJson(json, infoSchema);
  if (info === undefined) return undefined;
  const { config, runtimeHandlers } = info;
  const { runtimes } = config.containerd;
  const handler = runtimeHandlers?.find((each) => each.name === name);
  const options = runtimes[name]?.options;
  return {
    isKnown: runtimes[name] !== undefined,
    hasUserNamespaces: handler?.features?.user_namespaces ?? false,
    binary: options?.BinaryName ?? '',
    systemdCgroup: options?.SystemdCgroup ?? false,
    runcSystemdCgroup: runtimes['runc']?.options?.SystemdCgroup ?? false,
  };
}

/** Why the running containerd, or CRI-O, cannot serve the runtime as it should; undefined when it can. */
export function whyRestart(
  live: LiveRuntime | undefined,
  { name, binary, pod_userns: style = 'hostUsers' }: Pick<WantedRuntime, 'name' | 'binary'> & Partial<WantedRuntime>,
  who = 'containerd',
): string | undefined {
  if (live === undefined) return `${who} does not answer`;
  if (!live.isKnown) return `${who} does not know ${name} yet`;
  if (live.binary !== binary) return `${who} uses ${live.binary || 'no binary'} for ${name}`;
  if (live.systemdCgroup !== live.runcSystemdCgroup) return `${name} has another cgroup driver than runc`;
  if (live.hasUserNamespaces || style === 'annotation') return undefined;
  return `${who} asked ${name} for its features before it had user namespaces`;
}
