import { z } from 'zod';

import { sh } from '../base/sh.ts';
import { defineModule, found } from './module.ts';

/** Asks the host for a sign of life. */
export const ping = defineModule({
  name: 'ping',
  summary: 'Check that the host answers.',
  args: z.strictObject({ data: z.string().default('pong').describe('What `ping` is in the result.') }),
  examples: [{ title: 'Are you there?', args: {} }],

  async plan({ args: { data }, host }) {
    await host.probe(sh`:`);
    return found({ ping: data });
  },
});
