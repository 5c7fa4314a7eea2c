import { z } from 'zod';

import { sh } from '../base/sh.ts';
import { defineModule, found } from './module.ts';

/** Asks the host for a sign of life. */
export const ping = defineModule({
  name: 'ping',
  summary: 'Check that the host answers.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args: z.strictObject({ data: z.string().default('pong').describe('What `ping` is in the result.') }),
  examples: [{ title: 'Are you there?', args: {} }],

  async plan({ args: { data }, host }) {
    await host.probe(sh`:`);
    return found({ ping: data });
  },
});
