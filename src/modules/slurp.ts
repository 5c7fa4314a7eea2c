import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import { defineModule, found } from './module.ts';
import { firstOf, hostPath, oneOf } from './shared/args.ts';
import { expandPath } from './shared/paths.ts';

/** Reads a file of the host. */
export const slurp = defineModule({
  name: 'slurp',
  summary: 'Read a file of the host; its content is in the result as base64.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args: z
    .strictObject({
      src: hostPath('The file; up to 4 MiB.').optional(),
      path: hostPath('The same as `src`.').optional(),
    })
    .superRefine((args, context) => oneOf(args, ['src', 'path'], context)),
  examples: [{ title: 'The token of a K3s server', args: { src: '/var/lib/rancher/k3s/server/node-token' } }],

  async plan({ args, host }) {
    const source = await expandPath(host, firstOf(args.src, args.path));
    const { type, content, sizeBytes } = await host.path(source, { follow: true, want: 'content' });
    if (type === 'absent') throw new TaskFailedError(`there is no ${source}`);
    if (type !== 'file') throw new TaskFailedError(`${source} is not a file`);
    if (content === undefined) throw new TaskFailedError(`${source} is too large to be read: ${sizeBytes} bytes`);
    return found({ content: content.toString('base64'), encoding: 'base64', source });
  },
});
