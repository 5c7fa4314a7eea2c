import { readFile } from 'node:fs/promises';

import { sha256Hex } from '../base/digest.ts';
import { TaskFailedError } from '../base/errors.ts';
import type { Content } from '../base/op.ts';
import type { ActGroup } from './act-script.ts';
import { inlineLimitBytes } from './op-script.ts';

/** A local file on its way to a host. */
export type LocalContent = Extract<Content, { readonly from: 'controller' }>;

/** What files of the controller a host has been sent: small ones travel with the script, large ones go ahead, once per run. */
export class Contents {
  readonly #staged = new Set<string>();

  /**
   * Sends what these groups of a user ("": the login user) need ahead with `stage`, and returns the bytes of the small ones by checksum.
   * @throws TaskFailedError when a file is not what was planned
   */
  async send(
    groups: readonly ActGroup[],
    user: string,
    stage: (content: LocalContent) => Promise<void>,
  ): Promise<ReadonlyMap<string, Buffer>> {
    const inline = new Map<string, Buffer>();
    for (const { step } of groups.flatMap((group) => group.steps)) {
      const content = step.do.kind === 'file' ? step.do.content : undefined;
      if (content?.from !== 'controller' || inline.has(content.sha256)) continue;
      const staged = `${user} ${content.sha256}`;
      if (content.sizeBytes <= inlineLimitBytes) {
        inline.set(content.sha256, await readUnchanged(content));
      } else if (!this.#staged.has(staged)) {
        await stage(content);
        this.#staged.add(staged);
      }
    }
    return inline;
  }
}

async function readUnchanged({ file, sha256 }: LocalContent): Promise<Buffer> {
  const bytes = await readFile(file);
  if (sha256Hex(bytes) === sha256) return bytes;
  throw new TaskFailedError(`${file} has changed since it was planned`, { hint: 'Plan it again.' });
}
