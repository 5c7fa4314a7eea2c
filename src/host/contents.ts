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
  /** Large ones, by user and checksum, that are in the stage or on their way. */
  readonly #staged = new Map<string, Promise<void>>();

  /**
   * Sends what these groups of a user ("": the login user) need ahead with `stage`. Small files come back as bytes; what of them
   * is text becomes part of its step, since many texts are written at once.
   * @throws TaskFailedError when a file is not what was planned
   */
  async send(
    groups: readonly ActGroup[],
    user: string,
    stage: (content: LocalContent, path: string) => Promise<void>,
  ): Promise<Sent> {
    const contents = new Map<string, Buffer>();
    const texts = new Map<string, string>();
    for (const { step } of groups.flatMap((group) => group.steps)) {
      const op = step.do;
      if (op.kind !== 'file' || op.content.from !== 'controller' || contents.has(op.content.sha256)) continue;
      const { content, path } = op;
      if (content.sizeBytes <= inlineLimitBytes) {
        const bytes = await readUnchanged(content);
        contents.set(content.sha256, bytes);
        if (isUtf8(bytes)) texts.set(content.sha256, bytes.toString());
      } else {
        // What was sent before it was needed may have failed; that is no failure of the task.
        await this.#staged.get(keyOf(content, user))?.catch(() => undefined);
        await this.stageOnce(content, user, () => stage(content, path));
      }
    }
    return { groups: texts.size === 0 ? groups : groups.map((group) => withTexts(group, texts)), contents };
  }

  /** Puts a large file into the stage with `stage`, unless that was done. Rejects with what `stage` rejects with. */
  stageOnce(content: LocalContent, user: string, stage: () => Promise<void>): Promise<void> {
    const key = keyOf(content, user);
    const known = this.#staged.get(key);
    if (known !== undefined) return known;
    const staged = stage();
    this.#staged.set(key, staged);
    staged.catch(() => this.#staged.delete(key));
    return staged;
  }
}

function keyOf({ sha256 }: LocalContent, user: string): string {
  return `${user} ${sha256}`;
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
