import { z } from 'zod';

import type { Step } from '../base/op.ts';
import { sh } from '../base/sh.ts';
import { defineModule, type Planned } from './module.ts';
import { hostPath, wholeNumber } from './shared/args.ts';
import { planText, readTextFile } from './shared/text-file.ts';

const args = z.strictObject({
  values: z
    .record(
      z.string().regex(/^[a-z0-9_]+(\.[\w-]+)+$/, 'must be a name such as vm.max_map_count'),
      wholeNumber('The least value.'),
    )
    .describe('Least values by name.'),
  file: hostPath('File in /etc/sysctl.d that keeps them.'),
});

interface Setting {
  readonly name: string;
  readonly least: number;
  readonly now: number;
  /** What the file is to say. */
  readonly keep: number;
}

/** Raises kernel settings that are too low, and never lowers one. */
export const sysctlMinimum = defineModule({
  name: 'sysctl_minimum',
  summary: 'Raise numeric kernel settings to at least these values, now and after a reboot; never lower one.',
  args,
  examples: [
    { title: 'Many mappings', args: { values: { 'vm.max_map_count': 262_144 }, file: '/etc/sysctl.d/90-maps.conf' } },
  ],

  async plan({ args: { values, file }, host }): Promise<Planned> {
    const names = Object.keys(values);
    const command = sh`for name in ${names}; do echo "$name=$(cat "/proc/sys/$(echo "$name" | tr . /)" 2>/dev/null)"; done`;
    const [{ stdout }, kept] = await Promise.all([host.probe(command), readTextFile(host, file)]);
    const live = parse(stdout);
    const settings = names.flatMap((name): readonly Setting[] => {
      const [now, least] = [live.get(name), values[name] ?? 0];
      // A kernel without the setting has nothing to raise.
      if (now === undefined) return [];
      const before = parse(kept.text).get(name) ?? 0;
      return [{ name, least, now, keep: before >= least ? before : Math.max(now, least) }];
    });
    if (settings.length === 0) return { steps: [], message: 'this kernel has none of these settings' };
    const text = ['# managed by k3sbox', ...settings.map(({ name, keep }) => `${name} = ${keep}`), ''].join('\n');
    const steps = await planText(host, kept, { text, rights: { mode: '644', owner: 'root', group: 'root' } });
    return { steps: [...steps, ...settings.flatMap(raise)] };
  },
});

function raise({ name, least, now, keep }: Setting): readonly Step[] {
  if (now >= least) return [];
  const path = `/proc/sys/${name.replaceAll('.', '/')}`;
  return [
    {
      say: `raise ${name} from ${now} to ${keep}`,
      do: { kind: 'exec', command: sh`echo ${keep} >${path} && [ "$(cat ${path})" -ge ${least} ]` },
      // Only what is still ours goes back: somebody may have raised it further.
      undo: { kind: 'exec', command: sh`[ "$(cat ${path})" != ${keep} ] || echo ${now} >${path}` },
      diff: { of: name, before: `${now}\n`, after: `${keep}\n` },
    },
  ];
}

/** `name=value` and `name = value` lines; what is no number is left out. */
function parse(text: string): ReadonlyMap<string, number> {
  const lines = [...text.matchAll(/^([^\s#=]+)\s*=\s*(\d+)\s*$/gm)];
  return new Map(lines.map(([, name = '', value]) => [name, Number(value)]));
}
