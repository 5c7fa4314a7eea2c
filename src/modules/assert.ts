import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import { compileCondition } from '../template/condition.ts';
import { defineModule, found } from './module.ts';
import { atMostOneOf, flag } from './shared/args.ts';

const condition = z.union([z.string(), z.boolean()]);

/** Fails unless conditions hold. */
export const assert = defineModule({
  name: 'assert',
  summary: 'Fail unless all conditions hold.',
  undo: 'It changes nothing, so there is nothing to take back.',
  raw: ['that'],
  args: z
    .strictObject({
      that: z.union([condition, z.array(condition)]).describe('One condition or several, as in `when`.'),
      fail_msg: z.string().optional().describe('What to say when one does not hold.'),
      msg: z.string().optional().describe('The same as `fail_msg`.'),
      success_msg: z.string().optional().describe('What to say when all hold.'),
      quiet: flag('Say nothing when all hold.'),
    })
    .superRefine((args, context) => atMostOneOf(args, ['fail_msg', 'msg'], context)),
  examples: [
    {
      title: 'New enough',
      args: {
        that: ['ansible_kernel >= "6.3"', 'ansible_service_mgr == "systemd"'],
        fail_msg: 'not a node for Sysbox',
      },
    },
  ],

  check({ args: { that }, at }) {
    for (const text of [that].flat()) compileCondition(text, at);
    return Promise.resolve();
  },

  plan({ args, vars, at }) {
    const failed = [args.that].flat().filter((text) => !compileCondition(text, at).evaluate(vars));
    if (failed.length > 0) {
      const which = failed.map(String).join(', and ');
      const own = args.fail_msg ?? args.msg;
      const message = own ?? `does not hold: ${which}`;
      return Promise.reject(new TaskFailedError(message, own === undefined ? {} : { hint: `Does not hold: ${which}` }));
    }
    const message = args.quiet === true ? undefined : args.success_msg;
    return Promise.resolve(found({ msg: args.success_msg ?? 'all conditions hold' }, message));
  },
});
