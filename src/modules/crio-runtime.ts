import { z } from 'zod';

import { crioFile, planCrioRuntime, planNoCrioRuntime, requireCrio } from './k3s/crio.ts';
import { requireK3sNode } from './k3s/k3s-node.ts';
import { guarded, noPodsRunWith } from './k3s/undo-guards.ts';
import { defineModule, type Planned } from './module.ts';
import { flag, handlerName, hostPath } from './shared/args.ts';

const args = z.strictObject({
  name: handlerName(),
  binary: hostPath('The OCI runtime.'),
  state: z.enum(['present', 'absent']).default('present').describe('Whether CRI-O is to know the runtime.'),
  adopt: flag(
    'Accept that somebody else has told CRI-O about the same program; that file stays as it is (default no).',
  ),
});

/** Tells the CRI-O beside K3s about an OCI runtime. Takes effect when CRI-O restarts. */
export const crioRuntime = defineModule({
  name: 'crio_runtime',
  summary: 'Register an OCI runtime with the CRI-O that K3s uses instead of its containerd, in a file of its own.',
  undo: 'Restores the file, unless pods still run with the runtime.',
  args,
  examples: [
    { title: 'Sysbox', args: { name: 'sysbox-runc', binary: '/usr/bin/sysbox-runc' } },
    { title: 'Take it back', args: { name: 'sysbox-runc', binary: '/usr/bin/sysbox-runc', state: 'absent' } },
  ],

  async plan({ args: { name, binary, state, adopt = false }, host }) {
    const node = await requireK3sNode(host);
    const crio = requireCrio(node);
    const { steps, adopted } =
      state === 'absent'
        ? { steps: await planNoCrioRuntime(host, name), adopted: false }
        : await planCrioRuntime(host, crio, { name, binary, type: 'oci' }, adopt);
    return {
      // What pods run with must not be taken away under them; `absent` asks the same before it acts.
      steps: state === 'absent' ? steps : steps.map((step) => guarded(step, noPodsRunWith(node, name))),
      result: { path: crioFile(name), adopted },
      ...(adopted && { message: `${name} is in a configuration that is not ours, and is as it should be` }),
    } satisfies Planned;
  },
});
