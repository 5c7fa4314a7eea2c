import { z } from 'zod';

import type { Step } from '../base/op.ts';
import { sh } from '../base/sh.ts';
import type { HostReader } from '../host/reader.ts';
import { defineModule } from './module.ts';
import { makeDirectory } from './shared/directories.ts';
import { folderOf } from './shared/paths.ts';
import { splitWords } from './shared/split-words.ts';
import { planFile, textContent } from './shared/file-content.ts';

const args = z.strictObject({
  name: z
    .string()
    .regex(/^[\w-]+$/, 'must be the name of one module')
    .describe('The module.'),
  state: z.enum(['present', 'absent']).default('present').describe('Should it be loaded?'),
  params: z.string().optional().describe('Its parameters, when it has to be loaded.'),
  persistent: z
    .enum(['disabled', 'present', 'absent'])
    .default('disabled')
    .describe('Should it be loaded at boot? `disabled` leaves that as it is.'),
});

type Args = z.output<typeof args>;

/** Modules of the kernel. */
export const modprobe = defineModule({
  name: 'modprobe',
  summary: 'Load or unload a module of the kernel, now and at boot.',
  args,
  examples: [
    { title: 'For bridges', args: { name: 'br_netfilter', persistent: 'present' } },
    { title: 'Never', args: { name: 'floppy', state: 'absent', persistent: 'absent' } },
  ],

  async plan({ args: wanted, host }) {
    const [now, kept] = await Promise.all([host.probe(stateOf(wanted)), planBoot(wanted, host)]);
    const isThere = now.exitCode === 0;
    const steps =
      isThere === (wanted.state === 'present') ? [] : [wanted.state === 'present' ? load(wanted) : unload(wanted)];
    return { steps: [...steps, ...kept], result: { name: wanted.name, state: wanted.state } };
  },
});

/**
 * Exits 0 when the module is loaded or, for `present`, built in: by /sys/module, by the kernel's list of file systems, by
 * the list of what is built in. Only a loaded one can be unloaded.
 */
function stateOf({ name, state }: Args) {
  const underscored = name.replaceAll('-', '_');
  if (state === 'absent') return sh`grep -q ${`^${underscored} `} /proc/modules`;
  const builtIn = `/${underscored.replaceAll('_', '[-_]')}[.]ko`;
  return sh`[ -e ${`/sys/module/${underscored}`} ] || grep -qw ${name} /proc/filesystems || grep -q ${builtIn} "/lib/modules/$(uname -r)/modules.builtin" 2>/dev/null`;
}

function load({ name, params }: Args): Step {
  return {
    say: `load the kernel module ${name}`,
    do: { kind: 'exec', command: sh`modprobe ${name} ${splitWords(params ?? '') ?? []}` },
    // One that is in use by now stays: that harms nothing.
    undo: { kind: 'exec', command: sh`modprobe -r ${name} 2>/dev/null || :` },
  };
}

function unload({ name }: Args): Step {
  return {
    say: `unload the kernel module ${name}`,
    do: { kind: 'exec', command: sh`modprobe -r ${name}` },
    undo: { kind: 'exec', command: sh`modprobe ${name}` },
  };
}

/** modules-load.d(5) and modprobe.d(5), each with a file of its own for the module. */
async function planBoot({ name, params, persistent }: Args, host: HostReader): Promise<readonly Step[]> {
  if (persistent === 'disabled') return [];
  const files = [
    { path: `/etc/modules-load.d/${name}.conf`, text: `${name}\n` },
    ...(params === undefined ? [] : [{ path: `/etc/modprobe.d/${name}.conf`, text: `options ${name} ${params}\n` }]),
  ];
  const plans = files.map(({ path, text }) =>
    persistent === 'present' ? planBootFile(host, path, text) : planNoBootFile(host, path),
  );
  return (await Promise.all(plans)).flat();
}

async function planBootFile(host: HostReader, path: string, text: string): Promise<readonly Step[]> {
  const [folder, file] = await Promise.all([
    host.path(folderOf(path)),
    planFile(host, { path, rights: {} }, textContent(text)),
  ]);
  return folder.type === 'absent' ? [...(await makeDirectory(host, folder.path)), ...file] : file;
}

async function planNoBootFile(host: HostReader, path: string): Promise<readonly Step[]> {
  const { type } = await host.path(path);
  return type === 'absent' ? [] : [{ say: `remove ${path}`, do: { kind: 'remove', path } }];
}
