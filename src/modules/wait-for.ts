import { z } from 'zod';

import type { Step } from '../base/op.ts';
import { type ShellCommand, sh } from '../base/sh.ts';
import { defineModule } from './module.ts';
import { atMostOneOf, hostPath, seconds, wholeNumber } from './shared/args.ts';
import { expandPath } from './shared/paths.ts';
import { portIsDrained, portIsOpen, portSays } from './shared/port-probes.ts';
import { sleepStep } from './shared/sleep-step.ts';

const args = z
  .strictObject({
    port: wholeNumber('The port that must be open or closed.', { min: 1 }).optional(),
    host: z
      .string()
      .regex(/^[\w.:%-]+$/, 'must be a name or an address')
      .default('127.0.0.1')
      .describe('Where the port is, seen from the host.'),
    path: hostPath('The path that must exist or not.').optional(),
    state: z
      .enum(['started', 'present', 'stopped', 'absent', 'drained'])
      .default('started')
      .describe('`started` or `present`: open, existing; `stopped` or `absent`: not; `drained`: without connections.'),
    search_regex: z.string().optional().describe('Extended expression (grep -E) that the file or the port must show.'),
    timeout: seconds('Fail when it takes longer (default 300).').default(300),
    delay: seconds('Wait so long before the first look.').default(0),
    sleep: seconds('Time between two looks (default 1).').default(1),
    connect_timeout: seconds('How long one connection may take (default 5).').default(5),
    msg: z.string().optional().describe('What to say when it takes too long.'),
    active_connection_states: z.array(z.string()).optional().describe('Accepted; `drained` counts established ones.'),
  })
  .superRefine((values, context) => {
    atMostOneOf(values, ['port', 'path'], context);
    if (values.state === 'drained' && values.port === undefined) {
      context.addIssue({ code: 'custom', path: ['port'], message: 'needs `port` for state drained' });
    }
  });

type Args = z.output<typeof args>;

/** Waits until a port or a path is as wanted. */
export const waitFor = defineModule({
  name: 'wait_for',
  summary: 'Wait until a port is open or closed, a path exists or not, or a file says something.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args,
  examples: [
    { title: 'K3s answers', args: { port: 6443, timeout: 120 } },
    { title: 'A socket is there', args: { path: '/run/sysbox/sysmgr.sock', timeout: 30 } },
    { title: 'It says so', args: { path: '/var/log/app.log', search_regex: 'ready|started' } },
  ],

  async plan({ args: wanted, host }) {
    const { timeout, delay, port } = wanted;
    const path = wanted.path === undefined ? undefined : await expandPath(host, wanted.path);
    const result = { ...(port !== undefined && { port }), ...(path !== undefined && { path }), state: wanted.state };
    const goal = goalOf(wanted, path);
    if (goal === undefined) return { steps: sleepStep(timeout), result };
    const wait: Step = {
      say: `wait until ${goal.what}`,
      do: {
        kind: 'wait',
        probe: goal.probe,
        timeoutMs: timeout * 1000,
        everyMs: wanted.sleep * 1000,
        orElse: wanted.msg ?? `not within ${timeout} s: ${goal.what}`,
      },
      changes: false,
    };
    if (delay > 0) return { steps: [...sleepStep(delay), wait], result };
    const { exitCode } = await host.probe(goal.probe, { timeoutMs: (wanted.connect_timeout + 5) * 1000 });
    return { steps: exitCode === 0 ? [] : [wait], result };
  },
});

interface Goal {
  /** "port 6443 is open". */
  readonly what: string;
  readonly probe: ShellCommand;
}

/** Undefined when there is nothing but time to wait for. */
function goalOf(wanted: Args, path: string | undefined): Goal | undefined {
  const { port, search_regex: expression } = wanted;
  const isGone = wanted.state === 'stopped' || wanted.state === 'absent';
  if (path !== undefined) return pathGoal(path, isGone, expression);
  if (port === undefined) return undefined;
  const endpoint = { host: wanted.host, port, connectSeconds: Math.max(1, Math.ceil(wanted.connect_timeout)) };
  const name = wanted.host === '127.0.0.1' ? `port ${port}` : `port ${port} of ${wanted.host}`;
  if (wanted.state === 'drained') return { what: `${name} has no connections`, probe: portIsDrained(port) };
  if (isGone) return { what: `${name} is closed`, probe: negated(portIsOpen(endpoint)) };
  if (expression === undefined) return { what: `${name} is open`, probe: portIsOpen(endpoint) };
  return { what: `${name} says ${expression}`, probe: portSays(endpoint, expression) };
}

function pathGoal(path: string, isGone: boolean, expression: string | undefined): Goal {
  if (expression !== undefined) {
    const probe = sh`[ -e ${path} ] && grep -Eq -- ${expression} ${path}`;
    return isGone
      ? { what: `${path} no longer says ${expression}`, probe: negated(probe) }
      : { what: `${path} says ${expression}`, probe };
  }
  return isGone
    ? { what: `${path} is gone`, probe: sh`! [ -e ${path} ] && ! [ -L ${path} ]` }
    : { what: `${path} exists`, probe: sh`[ -e ${path} ]` };
}

function negated(probe: ShellCommand): ShellCommand {
  return sh`! { ${probe}
}`;
}
