import { z } from 'zod';

import { sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import { hostPath } from '../shared/args.ts';
import { tryHostJson } from './host-json.ts';
import type { K3sNode } from './k3s-node.ts';

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
});

const runtimeSchema = z.object({
  options: z.object({ BinaryName: z.string().optional(), SystemdCgroup: z.boolean().optional() }).nullish(),
});
// Only what is read; crictl prints much more, and not always the same.
const infoSchema = z.object({
  config: z.object({ containerd: z.object({ runtimes: z.record(z.string(), runtimeSchema) }) }),
  runtimeHandlers: z
    .array(
      z.object({
        name: z.string().optional(),
        features: z.object({ user_namespaces: z.boolean().optional() }).optional(),
      }),
    )
    .nullish(),
});

/** Asks the running containerd. Undefined when it does not answer. */
export async function readLiveRuntime(
  host: HostReader,
  { tools }: K3sNode,
  name: string,
): Promise<LiveRuntime | undefined> {
  const { exitCode, stdout } = await host.probe(sh`${tools.crictl} info 2>/dev/null`);
  return exitCode === 0 ? parseLiveRuntime(stdout, name) : undefined;
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

/** Why the running containerd cannot serve the runtime as it should; undefined when it can. */
export function whyRestart(live: LiveRuntime | undefined, name: string, binary: string): string | undefined {
  if (live === undefined) return 'containerd does not answer';
  if (!live.isKnown) return `containerd does not know ${name} yet`;
  if (live.binary !== binary) return `containerd uses ${live.binary || 'no binary'} for ${name}`;
  if (live.systemdCgroup !== live.runcSystemdCgroup) return `${name} has another cgroup driver than runc`;
  return live.hasUserNamespaces ? undefined : `containerd asked ${name} for its features before it had user namespaces`;
}
