import { z } from 'zod';

import { defineModule, unchanged } from './module.ts';
import { textual } from './shared/args.ts';
import { healthProbe, healthWait } from './sysbox/health-script.ts';

const args = z.strictObject({
  version: textual('What the programs must say that they are: "0.7.1".'),
  commit: z.string().default('').describe('The commit that they must say; any when it is not given.'),
});

/** The gate behind the start of the daemons. */
export const sysboxHealth = defineModule({
  name: 'sysbox_health',
  summary: 'Wait until Sysbox works on the node: units, sockets, features, version, subordinate ids.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args,
  examples: [{ title: 'The gate', args: { version: '0.7.1' } }],

  async plan({ args: wanted, host }) {
    const { exitCode, stdout } = await host.probe(healthProbe(wanted));
    if (exitCode === 0) return unchanged;
    const problems = stdout.trim().split('\n');
    return {
      message: problems.join('; '),
      steps: [
        {
          say: `wait until Sysbox ${wanted.version} works`,
          do: { kind: 'exec', command: healthWait(wanted), timeoutMs: 120_000 },
          changes: false,
        },
      ],
    };
  },
});
