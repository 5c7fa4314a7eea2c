import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import { readK3sNode } from './k3s/k3s-node.ts';
import { installFindings, machineProbe, whyNotUpgrade } from './k3s/install-checks.ts';
import { defineModule } from './module.ts';
import { flag, wordList } from './shared/args.ts';
import { parseReport } from './sysbox/preflight-probe.ts';

const args = z.strictObject({
  role: z.enum(['server', 'agent']).describe('What the host is, or is to become.'),
  version: z
    .string()
    .regex(/^v\d+\.\d+\.\d+([-+].+)?$/, 'must be a version of K3s: v1.34.6+k3s1')
    .describe('The K3s that is to run here.'),
  kernel_modules: wordList('What the kernel must have.').default(['overlay', 'br_netfilter']),
  default_route: flag(
    'A default route is needed (default yes): K3s finds its address by it, unless its configuration says node-ip and flannel-iface.',
  ),
  upgrade: flag('K3s has to be there, and the version may be one minor above its own (default no).'),
});

/** Finds everything at once that would stop K3s on this host. Changes nothing. */
export const k3sPreflight = defineModule({
  name: 'k3s_preflight',
  summary: 'Look for everything that stands in the way of installing or upgrading K3s; fails with the whole list.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args,
  examples: [
    { title: 'An agent to be', args: { role: 'agent', version: 'v1.34.6+k3s1' } },
    { title: 'Before an upgrade', args: { role: 'agent', version: 'v1.35.3+k3s1', upgrade: true } },
  ],

  async plan({ args: wanted, host }) {
    const { role, version, upgrade: isUpgrade = false, default_route: needsRoute = true } = wanted;
    const [node, probed] = await Promise.all([readK3sNode(host), host.probe(machineProbe(wanted.kernel_modules))]);
    const { problems, warnings } = installFindings(parseReport(probed), { role, node, needsRoute });
    const why = whyNotUpgrade(node?.version, version, isUpgrade);
    const all = [...problems, ...(why === undefined ? [] : [why])];
    if (all.length > 0) {
      throw new TaskFailedError(
        `${all.length} ${all.length === 1 ? 'thing stands' : 'things stand'} in the way of K3s`,
        {
          output: all.map((problem) => `- ${problem}`).join('\n'),
          hint: 'Nothing was changed on any host.',
        },
      );
    }
    return {
      steps: [],
      result: { warnings, installed: node !== undefined, version: node?.version ?? '' },
      ...(warnings.length > 0 && { message: `warning: ${warnings.join('; ')}` }),
    };
  },
});
