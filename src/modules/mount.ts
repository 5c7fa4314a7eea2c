import { z } from 'zod';

import type { Step } from '../base/op.ts';
import { sh } from '../base/sh.ts';
import { defineModule, type Planned, type PlanContext } from './module.ts';
import { backup, firstOf, flag, hostPath, oneOf, textual } from './shared/args.ts';
import { dropEntry, escapeField, type FstabEntry, putEntry } from './shared/edit-fstab.ts';
import { expandPath, withoutSlash } from './shared/paths.ts';
import { planText, readTextFile } from './shared/text-file.ts';

const args = z
  .strictObject({
    path: z
      .union([hostPath(''), z.literal('none')])
      .optional()
      .describe('The mount point; `none` for swap.'),
    name: hostPath('The same as `path`.').optional(),
    state: z
      .enum(['mounted', 'present', 'unmounted', 'absent', 'remounted'])
      .describe('`present` and `absent` are about fstab (and absence also unmounts); `mounted` is both.'),
    src: z.string().min(1).optional().describe('What to mount: a device, `UUID=...`, `server:/path`.'),
    fstype: z.string().min(1).optional().describe('Its type.'),
    opts: z.string().min(1).optional().describe('Options (default `defaults`).'),
    dump: textual('The fifth field of fstab.').default('0'),
    passno: textual('The sixth field of fstab.').default('0'),
    fstab: hostPath('The table (default /etc/fstab).').default('/etc/fstab'),
    boot: flag('Mount it at boot (default yes).'),
    backup,
  })
  .superRefine((values, context) => {
    oneOf(values, ['path', 'name'], context);
    const needsSource = values.state === 'mounted' || values.state === 'present';
    for (const name of ['src', 'fstype'] as const) {
      if (needsSource && values[name] === undefined) {
        context.addIssue({ code: 'custom', path: [name], message: `needs \`${name}\` for state ${values.state}` });
      }
    }
  });

type Context = PlanContext<z.output<typeof args>>;

/** Mounts and the table of them. */
export const mount = defineModule({
  name: 'mount',
  summary: 'Mount or unmount a file system, now and at boot.',
  args,
  examples: [
    { title: 'A disk', args: { path: '/var/lib/sysbox', src: 'LABEL=sysbox', fstype: 'ext4', state: 'mounted' } },
    { title: 'No swap', args: { path: 'none', src: '/swapfile', fstype: 'swap', state: 'absent' } },
  ],

  async plan(context) {
    const { host, args: wanted } = context;
    const path = withoutSlash(await expandPath(host, firstOf(wanted.path, wanted.name)));
    const command = sh`awk -v p=${escapeField(path).replaceAll('\\', '\\\\')} '$2 == p { l = $0 } END { print l }' /proc/mounts`;
    const [table, { stdout }] = await Promise.all([readTextFile(host, wanted.fstab), host.probe(command)]);
    const now = stdout.trim() === '' ? undefined : stdout.trim();
    const text = editTable(wanted, path, table.text);
    const steps = await planText(host, table, { text, rights: {} });
    return { ...(await planState(context, { path, now, steps })), result: { name: path } };
  },
});

function editTable(wanted: Context['args'], path: string, text: string): string {
  const { state, src = '', fstype = '', opts = 'defaults', dump, passno, boot } = wanted;
  if (state === 'absent') return dropEntry(text, path, wanted.src);
  if (state !== 'mounted' && state !== 'present') return text;
  const options = boot === false && !opts.split(',').includes('noauto') ? `${opts},noauto` : opts;
  const entry: FstabEntry = { src, path, fstype, opts: options, dump, passno };
  return putEntry(text, entry);
}

interface Point {
  readonly path: string;
  /** Its line in /proc/mounts; undefined when nothing is mounted there. */
  readonly now: string | undefined;
  /** What the table needs. */
  readonly steps: readonly Step[];
}

async function planState({ host, args: { state } }: Context, { path, now, steps }: Point): Promise<Planned> {
  const remount: Step = {
    say: `mount ${path} anew`,
    do: { kind: 'exec', command: sh`mount -o remount -- ${path}` },
    againAfterUndo: true,
    needsNoUndo: true,
  };
  if (state === 'remounted') return { steps: [remount] };
  if (state === 'unmounted') return { steps: now === undefined ? [] : [unmount(path, now)] };
  if (state === 'absent') return { steps: [...(now === undefined ? [] : [unmount(path, now)]), ...steps] };
  if (state === 'present') return { steps };
  if (now !== undefined) return { steps: steps.length === 0 ? [] : [...steps, remount] };
  const { type } = await host.path(path, { follow: true });
  // The folder is made and removed here: to the undo log, what is mounted on it would look like somebody's change of it.
  const make = type === 'absent' ? sh`mkdir -p -- ${path} && ` : sh``;
  const drop = type === 'absent' ? sh` && { rmdir -- ${path} 2>/dev/null || :; }` : sh``;
  const mountIt: Step = {
    say: `mount ${path}`,
    do: { kind: 'exec', command: sh`${make}mount -- ${path}` },
    undo: { kind: 'exec', command: sh`{ ! mountpoint -q ${path} || umount -- ${path}; }${drop}` },
  };
  return { steps: [...steps, mountIt] };
}

function unmount(path: string, line: string): Step {
  const [src = '', , fstype = '', opts = ''] = line.split(' ').map((field) => unescapeField(field));
  return {
    say: `unmount ${path}`,
    do: { kind: 'exec', command: sh`umount -- ${path}` },
    undo: { kind: 'exec', command: sh`mountpoint -q ${path} || mount -t ${fstype} -o ${opts} -- ${src} ${path}` },
  };
}

function unescapeField(field: string): string {
  return field.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCodePoint(Number.parseInt(octal, 8)));
}
