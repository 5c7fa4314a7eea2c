import { z } from 'zod';

import { sh } from '../base/sh.ts';
import { defineModule } from './module.ts';
import { seconds } from './shared/args.ts';
import { sleepStep } from './shared/sleep-step.ts';

/** Reaches the host, or fails. The engine connects before a task is planned, so that nothing is left to wait for. */
export const waitForConnection = defineModule({
  name: 'wait_for_connection',
  summary: 'Check that the host can be reached.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args: z.strictObject({
    timeout: seconds('Accepted; how long a connection may take is said in the inventory.').optional(),
    delay: seconds('Wait so long first.').default(0),
    connect_timeout: seconds('Accepted and ignored.').optional(),
    sleep: seconds('Accepted and ignored.').optional(),
  }),
  examples: [{ title: 'Is it there?', args: {} }],

  async plan({ args: { delay }, host }) {
    await host.probe(sh`:`);
    return { steps: sleepStep(delay), result: { elapsed: delay } };
  },
});
