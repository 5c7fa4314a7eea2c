import { z } from 'zod';

import type { Step } from '../base/op.ts';
import { sh } from '../base/sh.ts';
import { defineModule } from './module.ts';
import { seconds } from './shared/args.ts';
import { sleepStep } from './shared/sleep-step.ts';

/** Restarts the machine. */
export const reboot = defineModule({
  name: 'reboot',
  summary: 'Restart the machine and wait until it is back.',
  undo: 'Not reversible.',
  args: z.strictObject({
    reboot_timeout: seconds('How long it may take to come back (default 600).').default(600),
    msg: z.string().optional().describe('Told to users of the machine.'),
    test_command: z.string().optional().describe('Shell text that must succeed before the machine counts as back.'),
    pre_reboot_delay: seconds('Wait so long before.').default(0),
    post_reboot_delay: seconds('Wait so long before the machine is looked for.').default(0),
    connect_timeout: seconds('Accepted; see the connection.').optional(),
    boot_time_command: z.string().optional().describe('Accepted; the boot id of the kernel tells more.'),
    reboot_command: z.string().optional().describe('Accepted and ignored.'),
    search_paths: z.array(z.string()).optional().describe('Accepted and ignored.'),
  }),
  examples: [{ title: 'Into the new kernel', args: { msg: 'new kernel', reboot_timeout: 900 } }],

  plan({ args }) {
    const timeoutMs = args.reboot_timeout * 1000;
    const { msg, test_command: probe } = args;
    const restart: Step = {
      say: 'restart the machine',
      do: { kind: 'reboot', timeoutMs, ...(msg !== undefined && { message: msg }) },
    };
    const test: Step = {
      say: 'wait until the machine is ready',
      do: {
        kind: 'wait',
        probe: sh.raw(probe ?? ':'),
        timeoutMs,
        everyMs: 2000,
        orElse: 'the test command kept failing',
      },
      changes: false,
    };
    return Promise.resolve({
      steps: [
        ...sleepStep(args.pre_reboot_delay),
        restart,
        ...sleepStep(args.post_reboot_delay),
        ...(probe === undefined ? [] : [test]),
      ],
      result: { rebooted: true },
    });
  },
});
