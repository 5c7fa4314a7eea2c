import { z } from 'zod';

import type { Step } from '../base/op.ts';
import { quote, sh } from '../base/sh.ts';
import { defineModule } from './module.ts';
import { flag, hostPath, textual } from './shared/args.ts';
import { dropSetting, isSameValue, larger, readSetting, writeSetting } from './shared/sysctl-file.ts';
import { planText, readTextFile } from './shared/text-file.ts';

const args = z
  .strictObject({
    name: z
      .string()
      .regex(/^[\w*-]+(?:[./][\w.*:@-]+)+$/, 'must be a key, such as `net.ipv4.ip_forward`')
      .describe('The key.'),
    value: textual('What it should be.').optional(),
    val: textual('The same as `value`.').optional(),
    state: z.enum(['present', 'absent']).default('present').describe('Should the file hold it?'),
    sysctl_file: hostPath('The file that keeps it over a reboot.').default('/etc/sysctl.conf'),
    reload: flag('Also set the running kernel (default yes).'),
    sysctl_set: flag('Also set the running kernel, even without `reload`.'),
    ignoreerrors: flag('Write the file although the running kernel does not know the key.'),
    raise: flag('For numbers: never lower what is there; a key that the kernel does not know is left out.'),
  })
  .superRefine(({ state, value, val }, context) => {
    if (state === 'present' && value === undefined && val === undefined) {
      context.addIssue({ code: 'custom', path: ['value'], message: 'needs a value' });
    }
  });

type Args = z.output<typeof args>;

/** Parameters of the kernel. */
export const sysctl = defineModule({
  name: 'sysctl',
  summary: 'Set a parameter of the kernel, now and after a reboot.',
  args,
  examples: [
    { title: 'Routing', args: { name: 'net.ipv4.ip_forward', value: 1, sysctl_file: '/etc/sysctl.d/90-k3s.conf' } },
    { title: 'At least so many', args: { name: 'fs.inotify.max_user_instances', value: 1048576, raise: true } },
  ],

  async plan({ args: wanted, host }) {
    const livePath = pathOf(wanted.name);
    const [file, live] = await Promise.all([
      readTextFile(host, wanted.sysctl_file),
      wanted.state === 'absent' ? undefined : host.probe(sh`[ -e ${livePath} ] && cat ${livePath} || exit 3`),
    ]);
    if (live === undefined) {
      if (file.state.type === 'absent') return { steps: [] };
      return { steps: await planText(host, file, { text: dropSetting(file.text, wanted.name), rights: {} }) };
    }
    const isKnown = live.exitCode === 0;
    const now = isKnown ? live.stdout.trim() : undefined;
    if (now === undefined && wanted.raise === true) return { steps: [], message: `the kernel has no ${wanted.name}` };
    const value = goal(wanted, now, readSetting(file.text, wanted.name));
    const written = await planText(host, file, { text: writeSetting(file.text, wanted.name, value), rights: {} });
    return { steps: [...written, ...planLive(wanted, now, value)], result: { name: wanted.name, value } };
  },
});

/** "net.ipv4.ip_forward" and "net/ipv4/ip_forward"; the first separator decides, as in sysctl(8). */
function pathOf(name: string): string {
  const isPath = /[./]/.exec(name)?.[0] === '/';
  const swapped = name.replaceAll(/[./]/g, (separator) => (separator === '.' ? '/' : '.'));
  return `/proc/sys/${isPath ? name : swapped}`;
}

function goal({ value, val, raise }: Args, now: string | undefined, kept: string | undefined): string {
  const wanted = (value ?? val ?? '').trim();
  return raise === true ? larger(wanted, larger(now ?? wanted, kept ?? wanted)) : wanted;
}

function planLive(wanted: Args, now: string | undefined, value: string): readonly Step[] {
  const sets = wanted.reload !== false || wanted.sysctl_set === true;
  if (!sets || (now !== undefined && isSameValue(now, value))) return [];
  if (now === undefined && wanted.ignoreerrors === true) return [];
  const path = pathOf(wanted.name);
  const set = (to: string) => sh`printf '%s\\n' ${to} >${sh.raw(quote(path))}`;
  return [
    {
      say: `set ${wanted.name} to ${value}`,
      do: { kind: 'exec', command: set(value) },
      // Somebody may have set it since: only our own value is taken back.
      ...(now !== undefined && {
        undo: { kind: 'exec', command: sh`[ "$(cat ${path} | tr '\\t' ' ')" != ${value} ] || ${set(now)}` },
      }),
      diff: { of: wanted.name, before: `${now ?? ''}\n`, after: `${value}\n` },
    },
  ];
}
