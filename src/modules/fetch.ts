import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import { defineModule } from './module.ts';
import { flag, hostPath } from './shared/args.ts';
import { baseName, expandPath } from './shared/paths.ts';

/** Brings a file of the host to the controller. */
export const fetchModule = defineModule({
  name: 'fetch',
  summary: 'Bring a file of the host to the controller.',
  undo: 'The file on the controller stays; the host is only read.',
  args: z.strictObject({
    src: hostPath('The file; up to 4 MiB.'),
    dest: z
      .string()
      .min(1)
      .describe(
        'Where to put it, beside the playbook: a folder in which every host has its own; with `flat` the file.',
      ),
    flat: flag('`dest` is the file itself, or with a slash at its end the folder it goes to.'),
    fail_on_missing: flag('Fail when there is no such file (default yes).'),
    validate_checksum: flag('Accepted; what arrives is always what was sent.'),
  }),
  examples: [
    { title: 'The configuration of the cluster', args: { src: '/etc/rancher/k3s/k3s.yaml', dest: 'fetched' } },
  ],

  async plan({ args, host }) {
    const src = await expandPath(host, args.src);
    const { type, content, sha256, sizeBytes } = await host.path(src, { follow: true, want: 'content' });
    if (type === 'absent' && args.fail_on_missing === false) return { steps: [], message: `there is no ${src}` };
    if (type === 'absent') throw new TaskFailedError(`there is no ${src}`);
    if (type !== 'file') throw new TaskFailedError(`${src} is not a file`);
    if (content === undefined) throw new TaskFailedError(`${src} is too large to be fetched: ${sizeBytes} bytes`);
    const path = localPath(args, host.name, src);
    return { steps: [], fetched: [{ path, content }], result: { dest: path, checksum: sha256 ?? '' } };
  },
});

function localPath({ dest, flat }: { dest: string; flat?: boolean | undefined }, host: string, src: string): string {
  if (flat !== true) return `${dest.replace(/\/+$/, '')}/${host}${src}`;
  return dest.endsWith('/') ? `${dest}${baseName(src)}` : dest;
}
