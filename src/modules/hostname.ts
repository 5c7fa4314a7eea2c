import { z } from 'zod';

import type { Step } from '../base/op.ts';
import { sh } from '../base/sh.ts';
import { defineModule } from './module.ts';
import { planFile, textContent } from './shared/file-content.ts';

/** The host's own name. */
export const hostname = defineModule({
  name: 'hostname',
  summary: 'Set the name of the machine, now and after a reboot; /etc/hosts is left alone.',
  args: z.strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?$/, 'must be a host name')
      .describe('The name.'),
    use: z.string().optional().describe('Accepted and ignored.'),
  }),
  examples: [{ title: 'As in the inventory', args: { name: 'node1' } }],

  async plan({ args: { name }, host }) {
    const [kept, { stdout }] = await Promise.all([
      planFile(host, { path: '/etc/hostname', rights: {} }, textContent(`${name}\n`)),
      host.probe(sh`cat /proc/sys/kernel/hostname`),
    ]);
    const now = stdout.trim();
    const set: Step = {
      say: `name the machine ${name}`,
      do: { kind: 'exec', command: setName(name) },
      undo: { kind: 'exec', command: setName(now) },
      diff: { of: 'host name', before: `${now}\n`, after: `${name}\n` },
    };
    return { steps: [...kept, ...(now === name ? [] : [set])], result: { name } };
  },
});

/** In containers /proc/sys may not be written; the program asks the kernel without it. */
function setName(name: string) {
  return sh`{ printf %s ${name} >/proc/sys/kernel/hostname; } 2>/dev/null || hostname ${name}`;
}
