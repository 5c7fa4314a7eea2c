import { z } from 'zod';

import type { Values } from '../base/value.ts';
import type { PathState } from '../host/query.ts';
import { defineModule, found } from './module.ts';
import { firstOf, flag, hostPath, oneOf } from './shared/args.ts';
import { expandPath, withoutSlash } from './shared/paths.ts';

/** Looks at a path. */
export const stat = defineModule({
  name: 'stat',
  summary: 'Tell what stands at a path of the host; the answer is in the member `stat` of the result.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args: z
    .strictObject({
      path: hostPath('The path.').optional(),
      dest: hostPath('The same as `path`.').optional(),
      name: hostPath('The same as `path`.').optional(),
      follow: flag('Look at what a link leads to (default no).'),
      get_checksum: flag('Also compute the SHA-256 sum of a file (default yes).'),
      checksum_algorithm: z.literal('sha256').optional().describe('Only `sha256`.'),
      get_attributes: flag('Accepted and ignored.'),
      get_mime: flag('Accepted and ignored.'),
    })
    .superRefine((args, context) => oneOf(args, ['path', 'dest', 'name'], context)),
  examples: [{ title: 'Is K3s installed?', args: { path: '/usr/local/bin/k3s', get_checksum: false } }],

  async plan({ args, host }) {
    const path = withoutSlash(await expandPath(host, firstOf(args.path, args.dest, args.name)));
    const state = await host.path(path, {
      follow: args.follow === true,
      ...(args.get_checksum !== false && { want: 'sum' as const }),
    });
    return found({ stat: describe(path, state) });
  },
});

function describe(path: string, state: PathState): Values {
  if (state.type === 'absent') return { exists: false };
  const bits = Number.parseInt(state.mode, 8);
  return {
    exists: true,
    path,
    mode: state.mode.padStart(4, '0'),
    isdir: state.type === 'directory',
    isreg: state.type === 'file',
    islnk: state.type === 'link',
    ...specialTypes(state),
    uid: state.uid,
    gid: state.gid,
    pw_name: state.owner,
    gr_name: state.group,
    size: state.sizeBytes,
    mtime: state.modifiedAt,
    ...permissions(bits),
    ...(state.target !== undefined && { lnk_target: state.target }),
    ...(state.sha256 !== undefined && { checksum: state.sha256 }),
  };
}

/** The file types of inode(7) that are neither file, directory nor link. */
const specials = { isfifo: 0o1, ischr: 0o2, isblk: 0o6, issock: 0o14 } as const;

function specialTypes({ bits = 0 }: PathState): Values {
  return Object.fromEntries(Object.entries(specials).map(([name, type]) => [name, bits >> 12 === type]));
}

function permissions(bits: number): Values {
  const names = ['rusr', 'wusr', 'xusr', 'rgrp', 'wgrp', 'xgrp', 'roth', 'woth', 'xoth'];
  const plain = names.map((name, i) => [name, (bits & (0o400 >> i)) !== 0] as const);
  return {
    ...Object.fromEntries(plain),
    isuid: (bits & 0o4000) !== 0,
    isgid: (bits & 0o2000) !== 0,
    executable: (bits & 0o111) !== 0,
  };
}
