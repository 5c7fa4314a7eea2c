import { z } from 'zod';

import { sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import { hostJson } from '../k3s/host-json.ts';
import type { K3sNode } from '../k3s/k3s-node.ts';

/** The programs of Sysbox, in the order in which they are put in place. */
export const programs = ['sysbox-runc', 'sysbox-mgr', 'sysbox-fs'] as const;

/** The daemons' units; `sysbox.service` starts and stops both. */
export const units = ['sysbox-mgr.service', 'sysbox-fs.service', 'sysbox.service'] as const;

/** A pod that runs with a handler. */
export interface RuntimePod {
  readonly namespace: string;
  readonly name: string;
}

/** Pods on this node that run with the handler, by containerd; undefined when it does not answer. Canaries are left out. */
export async function readPods(
  host: HostReader,
  { tools }: K3sNode,
  handler: string,
): Promise<readonly RuntimePod[] | undefined> {
  const { exitCode, stdout } = await host.probe(sh`${tools.crictl} pods --state ready -o json`, { unguarded: true });
  if (exitCode !== 0) return undefined;
  return parsePods(stdout, handler).filter(({ namespace }) => !namespace.startsWith('k3sbox-canary-'));
}

/** Pods of a handler in what `crictl pods -o json` prints. */
function parsePods(json: string, handler: string): readonly RuntimePod[] {
  const { items } = hostJson(json, podsSchema, 'crictl pods -o json');
  return (items ?? []).flatMap(({ runtimeHandler, metadata }) => (runtimeHandler === handler ? [metadata] : []));
}

const podsSchema = z.object({
  items: z
    .array(
      z.object({
        runtimeHandler: z.string().optional(),
        metadata: z.object({ name: z.string(), namespace: z.string() }),
      }),
    )
    .nullish(),
});
