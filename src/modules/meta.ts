import { z } from 'zod';

import { defineModule, found } from './module.ts';

/** What the engine does for `meta`; `flush_handlers` is no module: the playbook's reader makes it part of the order. */
const actions = [
  'noop',
  'end_host',
  'end_play',
  'end_batch',
  'clear_facts',
  'clear_host_errors',
  'reset_connection',
  'refresh_inventory',
  'flush_handlers',
] as const;

/** Speaks to the engine: the result's member `meta` says what to do. */
export const meta = defineModule({
  name: 'meta',
  summary: 'Tell k3sbox itself to end the host or the play, to connect anew, or to do nothing.',
  undo: 'It changes nothing, so there is nothing to take back.',
  freeForm: 'action',
  args: z.strictObject({ action: z.enum(actions).describe('What to do.') }),
  examples: [{ title: 'No more tasks for this host', args: { action: 'end_host' } }],

  plan({ args: { action } }) {
    return Promise.resolve(found({ meta: action }));
  },
});
