import { z } from 'zod';

import type { Value } from '../base/value.ts';
import { defineModule, type PlanContext, type Planned } from './module.ts';
import { backup, flag, hostPath, mode, oneOf, rights, validate } from './shared/args.ts';
import { planLocalTree, planRemoteTree } from './shared/copy-tree.ts';
import { localContent, textContent } from './shared/file-content.ts';
import { planInto } from './shared/file-into.ts';
import { baseName, expandPath, withoutSlash } from './shared/paths.ts';
import { remoteContent } from './shared/remote-content.ts';

const args = z
  .strictObject({
    dest: hostPath('Where to put it. A folder when it ends with a slash or is one already.'),
    content: z.json().optional().describe('The whole content of the file; lists and mappings become JSON.'),
    src: z
      .string()
      .min(1)
      .optional()
      .describe('A file or folder beside the playbook; of a folder with a slash at its end, what is in it.'),
    remote_src: flag('`src` is on the host (default no).'),
    ...rights,
    mode: mode(
      'Octal in quotes ("0644"), symbolic ("u=rw,go=r"), or `preserve` the mode of `src`.',
      'preserve',
    ).optional(),
    directory_mode: mode('Mode of folders that a folder brings.').optional(),
    force: flag('Replace a file that is there with other content (default yes).'),
    validate,
    backup,
    follow: flag('Accepted and ignored.'),
    local_follow: flag('Accepted; links on the controller are always followed.'),
  })
  .superRefine((values, context) => oneOf(values, ['src', 'content'], context));

type Context = PlanContext<z.output<typeof args>>;

/** Puts files and folders on the host. */
export const copy = defineModule({
  name: 'copy',
  summary: 'Put a file or a folder on the host, from text, from the controller or from the host itself.',
  args,
  examples: [
    { title: 'A message of the day', args: { dest: '/etc/motd', content: 'Welcome.\n', mode: '0644' } },
    { title: 'A file of the role', args: { src: 'sshd_config', dest: '/etc/ssh/', validate: 'sshd -t -f %s' } },
    { title: 'Keep a copy on the host', args: { src: '/etc/hosts', dest: '/etc/hosts.orig', remote_src: true } },
  ],

  async check({ args: { src, remote_src: isRemote }, files, at }) {
    if (src !== undefined && !isRemote) await files.stat('files', withoutSlash(src), at);
  },

  async plan(context) {
    const dest = await expandPath(context.host, context.args.dest);
    const { src, content, remote_src: isRemote = false } = context.args;
    if (src === undefined) return planText(context, dest, content ?? '');
    return isRemote ? planRemote(context, dest, src) : planLocal(context, dest, src);
  },
});

async function planText(context: Context, dest: string, content: Value): Promise<Planned> {
  const text = typeof content === 'object' ? jsonText(content) : String(content);
  return planInto(context.host, fileOptions(context), { dest, name: undefined }, textContent(text));
}

/** JSON in one line with blanks, as Ansible writes it: files that it wrote stay as they are. */
function jsonText(value: Value): string {
  return JSON.stringify(value, null, 1)
    .replaceAll(/,\n\s*/g, ', ')
    .replaceAll(/\n\s*/g, '');
}

async function planLocal(context: Context, dest: string, src: string): Promise<Planned> {
  const { host, files, at } = context;
  const local = await files.stat('files', withoutSlash(src), at);
  if (local.isDirectory) return planLocalTree({ ...treeOptions(context), host, files, at, src, dest });
  const wanted = await localContent(files, src, at);
  return planInto(host, fileOptions(context, local.mode), { dest, name: baseName(src) }, wanted);
}

async function planRemote(context: Context, dest: string, written: string): Promise<Planned> {
  const { host } = context;
  const src = await expandPath(host, written);
  const source = await host.path(withoutSlash(src), { follow: true, want: 'sum' });
  if (source.type === 'directory') return planRemoteTree({ ...treeOptions(context), host, src, dest });
  const place = { dest, name: baseName(src) };
  return planInto(host, fileOptions(context, source.mode), place, remoteContent(source));
}

/** `mode: preserve` is the mode of the source, where there is one. */
function fileOptions({ args: { mode: wanted, owner, group, validate: check, force } }: Context, sourceMode?: string) {
  const own = wanted === 'preserve' ? sourceMode : wanted;
  return { rights: { owner, group, mode: own }, validate: check, keep: force === false };
}

function treeOptions(context: Context) {
  const { rights: own, keep } = fileOptions(context);
  const { mode: wanted, directory_mode: folderMode, remote_src: isRemote } = context.args;
  // As `cp -r` on the host: without a word about modes, copies have those of the originals.
  const preserve = wanted === 'preserve' || (isRemote === true && wanted === undefined && folderMode === undefined);
  return { rights: own, folderRights: { ...own, mode: folderMode }, keep, preserve };
}
