import { z } from 'zod';

import type { Step } from '../base/op.ts';
import { defineModule } from './module.ts';
import { hostPath } from './shared/args.ts';
import { requireFolder } from './shared/directories.ts';
import { expandPath, joinPath } from './shared/paths.ts';

const namePart = z.string().regex(/^[^/\0\n]*$/, 'must not contain a slash');

/** Makes an empty file or folder under a new name. */
export const tempfile = defineModule({
  name: 'tempfile',
  summary: 'Make an empty file or folder with a name that nobody else uses; it is not removed by itself.',
  args: z.strictObject({
    state: z.enum(['file', 'directory']).default('file').describe('What to make.'),
    path: hostPath('Where to make it (default /tmp).').default('/tmp'),
    prefix: namePart.default('ansible.').describe('How its name starts.'),
    suffix: namePart.default('').describe('How its name ends.'),
  }),
  examples: [{ title: 'To build in', args: { state: 'directory', prefix: 'build.' } }],

  async plan({ args: { state, path: folder, prefix, suffix }, host, unique }) {
    const within = await expandPath(host, folder);
    const path = joinPath(within, `${prefix}${unique.slice(0, 12)}${suffix}`);
    // The name is another one in every run.
    const shown = joinPath(within, `${prefix}*${suffix}`);
    await requireFolder(host, path);
    const step: Step =
      state === 'directory'
        ? { say: `make directory ${shown}`, do: { kind: 'directory', path, mode: '700' } }
        : { say: `make file ${shown}`, do: { kind: 'file', path, content: { from: 'text', text: '' }, mode: '600' } };
    return { steps: [step], result: { path, state } };
  },
});
