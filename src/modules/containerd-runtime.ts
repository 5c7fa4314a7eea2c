import { z } from 'zod';

import { requireContainerd, requireK3sNode } from './k3s/k3s-node.ts';
import type { Runtime } from './k3s/runtime-config.ts';
import { planNoRuntime, planRuntime } from './k3s/runtime-plan.ts';
import { runtimePlace } from './k3s/runtime-place.ts';
import { guarded, noPodsRunWith } from './k3s/undo-guards.ts';
import { defineModule, type Planned } from './module.ts';
import { flag, handlerName, hostPath } from './shared/args.ts';

const args = z.strictObject({
  name: handlerName(),
  binary: hostPath('The OCI runtime.'),
  type: z.string().min(1).default('io.containerd.runc.v2').describe('containerd shim.'),
  state: z.enum(['present', 'absent']).default('present').describe('Whether containerd is to know the runtime.'),
  adopt: flag(
    'Accept that somebody else has told containerd about the runtime, as we would have; that file stays as it is (default no).',
  ),
  force_template: flag("Add to a K3s template that does not include K3s's own configuration (default no)."),
});

/** Tells K3s's containerd about an OCI runtime. Takes effect when K3s restarts. */
export const containerdRuntime = defineModule({
  name: 'containerd_runtime',
  summary: 'Register an OCI runtime with the containerd of K3s, in the file and schema that this K3s reads.',
  undo: 'Restores the file, unless pods still run with the runtime.',
  args,
  examples: [
    { title: 'Sysbox', args: { name: 'sysbox-runc', binary: '/usr/bin/sysbox-runc' } },
    { title: 'Take it back', args: { name: 'sysbox-runc', binary: '/usr/bin/sysbox-runc', state: 'absent' } },
  ],

  async plan({ args: wanted, host }) {
    const node = await requireK3sNode(host);
    const containerd = requireContainerd(node);
    const { name, binary, type } = wanted;
    const runtime: Runtime = { name, binary, type };
    const place = runtimePlace(containerd, name);
    const { steps, adopted } =
      wanted.state === 'absent'
        ? { steps: await planNoRuntime(host, containerd, name), adopted: false }
        : await planRuntime(host, containerd, place, runtime, { adopt: wanted.adopt, force: wanted.force_template });
    // What pods run with must not be taken away under them; `absent` asks the same before it acts.
    return {
      steps: wanted.state === 'absent' ? steps : steps.map((step) => guarded(step, noPodsRunWith(node, name))),
      result: {
        mode: place.mode,
        schema: place.schema,
        path: place.path,
        systemd_cgroup: place.systemdCgroup,
        adopted,
      },
      ...(adopted && { message: `${name} is in a configuration that is not ours, and is as it should be` }),
    } satisfies Planned;
  },
});
