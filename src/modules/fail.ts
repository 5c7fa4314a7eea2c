import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import { defineModule } from './module.ts';

/** Fails on purpose. */
export const fail = defineModule({
  name: 'fail',
  summary: 'Fail with a message; useful with `when`.',
  undo: 'It changes nothing, so there is nothing to take back.',
  freeForm: 'msg',
  args: z.strictObject({
    msg: z.string().default('failed as requested by the task').describe('Why.'),
  }),
  examples: [{ title: 'Say why', args: { msg: 'this playbook needs systemd' } }],

  plan({ args: { msg } }) {
    return Promise.reject(new TaskFailedError(msg));
  },
});
