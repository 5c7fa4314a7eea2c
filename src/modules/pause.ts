import { z } from 'zod';

import { defineModule } from './module.ts';
import { atMostOneOf, flag, seconds } from './shared/args.ts';
import { sleepStep } from './shared/sleep-step.ts';

/** Waits for some time. */
export const pause = defineModule({
  name: 'pause',
  summary: 'Wait for some time; nobody is ever asked.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args: z
    .strictObject({
      seconds: seconds('How long.').optional(),
      minutes: seconds('How long, in minutes.').optional(),
      prompt: z.string().optional().describe('Shown; without a time nothing is waited for.'),
      echo: flag('Accepted and ignored.'),
    })
    .superRefine((args, context) => atMostOneOf(args, ['seconds', 'minutes'], context)),
  examples: [{ title: 'Let it settle', args: { seconds: 10 } }],

  plan({ args: { seconds: short = 0, minutes = 0, prompt } }) {
    return Promise.resolve({
      steps: sleepStep(short + minutes * 60),
      result: { user_input: '' },
      ...(prompt !== undefined && { message: prompt }),
    });
  },
});
