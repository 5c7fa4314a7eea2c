import { isUtf8 } from 'node:buffer';
import { readFile } from 'node:fs/promises';

import { sha256Hex } from '../base/digest.ts';
import { TaskFailedError } from '../base/errors.ts';
import type { Content, Op } from '../base/op.ts';
import type { ActGroup, ActStep } from './act-group.ts';
import { inlineLimitBytes, inlineText } from './op-script.ts';

/** A local file on its way to a host. */
export type LocalContent = Extract<Content, { readonly from: 'controller' }>;

/** Groups as they are sent, and the bytes that go with them, by checksum. */
export interface Sent {
  readonly groups: readonly ActGroup[];
  readonly contents: ReadonlyMap<string, Buffer>;
}

/** What files of the controller a host has been sent: small ones travel with the script, large ones go ahead, once per run. */
export class Contents {
  readonly #staged = new Set<string>();

  /**
   * Sends what these groups of a user ("": the login user) need ahead with `stage`. Small files come back as bytes; what of them
   * is text becomes part of its step, since many texts are written at once.
   * @throws TaskFailedError when a file is not what was planned
   */
  async send(
    groups: readonly ActGroup[],
    user: string,
    stage: (content: LocalContent) => Promise<void>,
  ): Promise<Sent> {
    const contents = new Map<string, Buffer>();
    const texts = new Map<string, string>();
    for (const { step } of groups.flatMap((group) => group.steps)) {
      const content = step.do.kind === 'file' ? step.do.content : undefined;
      if (content?.from !== 'controller' || contents.has(content.sha256)) continue;
      const staged = `${user} ${content.sha256}`;
      if (content.sizeBytes <= inlineLimitBytes) {
        const bytes = await readUnchanged(content);
        contents.set(content.sha256, bytes);
        if (isUtf8(bytes)) texts.set(content.sha256, bytes.toString());
      } else if (!this.#staged.has(staged)) {
        await stage(content);
        this.#staged.add(staged);
      }
    }
    return { groups: texts.size === 0 ? groups : groups.map((group) => withTexts(group, texts)), contents };
  }
}

function withTexts(group: ActGroup, texts: ReadonlyMap<string, string>): ActGroup {
  const steps = group.steps.map((one): ActStep => {
    const op = one.step.do;
    if (op.kind !== 'file' || op.content.from !== 'controller') return one;
    const text = texts.get(op.content.sha256);
    const written: Op = { ...op, content: { from: 'text', text: text ?? '' } };
    return text === undefined || inlineText(written) === undefined
      ? one
      : { ...one, step: { ...one.step, do: written } };
  });
  return { ...group, steps };
}

async function readUnchanged({ file, sha256 }: LocalContent): Promise<Buffer> {
  const bytes = await readFile(file);
  if (sha256Hex(bytes) === sha256) return bytes;
  throw new TaskFailedError(`${file} has changed since it was planned`, { hint: 'Plan it again.' });
}
