import { z } from 'zod';

import { sha256Hex } from '../base/digest.ts';
import { ConfigError, TaskFailedError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import { defineModule, type PlanContext } from './module.ts';
import { flag, hostPath, rights } from './shared/args.ts';
import { requireFolder } from './shared/directories.ts';
import { type Extraction, extractScript, extractUndo, isExtracted } from './shared/extract-archive.ts';
import { expandPath, joinPath, withoutSlash } from './shared/paths.ts';
import { splitWords } from './shared/split-words.ts';
import { reasonToSkip } from './shared/unless.ts';

const args = z.strictObject({
  src: z.string().min(1).describe('The archive (tar or zip): in files/ of the role or beside the playbook.'),
  dest: hostPath('The folder to unpack it in; it must exist.'),
  remote_src: flag('`src` is a path of the host (default no).'),
  creates: z.string().min(1).optional().describe('Do nothing when this path (or pattern) exists.'),
  extra_opts: z
    .union([z.string(), z.array(z.string())])
    .optional()
    .describe('More options for tar or unzip, such as `--strip-components=1`.'),
  list_files: flag('Accepted and ignored.'),
  validate_certs: flag('Accepted and ignored.'),
  ...rights,
});

type Context = PlanContext<z.output<typeof args>>;

/** Unpacks an archive. */
export const unarchive = defineModule({
  name: 'unarchive',
  summary: 'Unpack a tar or zip archive in a folder of the host.',
  args,
  examples: [
    { title: 'From the controller', args: { src: 'tool-1.0.tar.gz', dest: '/opt', creates: '/opt/tool-1.0' } },
    { title: 'Fetched before', args: { src: '/tmp/cni.tgz', dest: '/opt/cni/bin', remote_src: true, owner: 'root' } },
  ],

  async check({ args: { src, remote_src: isRemote }, files, at }) {
    if (isRemote !== true) await files.stat('files', src, at);
    if (!/^[a-z]+:\/\//.test(src)) return;
    throw ConfigError.at(at, '`src` is a URL', 'Fetch it with `get_url` first, then say `remote_src: true`.');
  },

  async plan(context) {
    const { host, args: wanted } = context;
    const [dest, reason] = await Promise.all([expandPath(host, wanted.dest), reasonToSkip(host, wanted)]);
    const result = { dest: withoutSlash(dest), src: wanted.src };
    if (reason !== undefined) return { steps: [], result, message: reason };
    await requireFolder(host, joinPath(dest, wanted.src.replace(/.*\//, '')));
    const { extraction, sha256, upload } = await describe(context, withoutSlash(dest));
    if (sha256 !== undefined && (await isExtracted(host, extraction, sha256))) return { steps: [], result };
    return { steps: [...upload, extractStep(wanted.src, extraction)], result };
  },
});

interface Described {
  readonly extraction: Extraction;
  /** Undefined while there is no such archive on the host: an earlier task may bring it. */
  readonly sha256: string | undefined;
  readonly upload: readonly Step[];
}

async function describe(context: Context, dest: string): Promise<Described> {
  const { host, files, at, args: wanted, user, unique } = context;
  const state = user === 'root' ? '/var/lib/k3sbox' : await expandPath(host, '~/.local/state/k3sbox');
  const stamp = `${state}/unarchive/${sha256Hex(`${dest}\0${wanted.src}`).slice(0, 32)}`;
  const common = {
    dest,
    stamp,
    backup: `${stamp}.${unique}.undo`,
    options: [wanted.extra_opts ?? []].flat().flatMap((option) => splitWords(option) ?? []),
    rights: { mode: wanted.mode, owner: wanted.owner, group: wanted.group },
  };
  if (wanted.remote_src === true) {
    const archive = await expandPath(host, wanted.src);
    const { type, sha256 } = await host.path(archive, { follow: true, want: 'sum' });
    if (type === 'absent' && host.isLenient !== true) throw new TaskFailedError(`there is no ${archive}`);
    if (type !== 'absent' && type !== 'file') throw new TaskFailedError(`${archive} is not a file`);
    return { extraction: { ...common, archive, isOurs: false }, sha256, upload: [] };
  }
  const { file, sha256, sizeBytes } = await files.stat('files', wanted.src, at);
  const archive = joinPath(dest, `.k3sbox-${sha256.slice(0, 16)}`);
  const content = { from: 'controller', file, sha256, sizeBytes } as const;
  const upload: Step = {
    say: `bring ${wanted.src} to ${dest}`,
    do: { kind: 'file', path: archive, content, mode: '600' },
  };
  return { extraction: { ...common, archive, isOurs: true }, sha256, upload: [upload] };
}

function extractStep(src: string, extraction: Extraction): Step {
  return {
    say: `unpack ${src} in ${extraction.dest}`,
    do: { kind: 'exec', command: extractScript(extraction) },
    undo: { kind: 'exec', command: extractUndo(extraction) },
  };
}
