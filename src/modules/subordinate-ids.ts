import { z } from 'zod';

import { TaskFailedError } from '../base/errors.ts';
import { defineModule } from './module.ts';
import { planText, readTextFile } from './shared/text-file.ts';
import { freeStart, rangesOf, withoutOwner } from './sysbox/subordinate-ids.ts';

const args = z.strictObject({
  user: z
    .string()
    .regex(/^[a-z_][-a-z0-9_]*$/, 'must be the name of a user')
    .describe('Whose ids they are. The user need not exist.'),
  count: z
    .int()
    .min(65_536)
    .multipleOf(65_536)
    .default(268_435_456)
    .describe('How many: a pod needs 65536. A range that the user has already stays as it is.'),
  state: z.enum(['present', 'absent']).default('present').describe('Whether the user is to have a range.'),
});

/** Gives a user the same free range in both files. */
export const subordinateIds = defineModule({
  name: 'subordinate_ids',
  summary: 'Make sure that a user has a range of subordinate ids in /etc/subuid and /etc/subgid, or none.',
  undo: 'Restores both files, unless somebody has changed them since.',
  args,
  examples: [{ title: 'For pods of CRI-O', args: { user: 'containers' } }],

  async plan({ args: { user, count, state }, host }) {
    const files = await Promise.all(['/etc/subuid', '/etc/subgid'].map((path) => readTextFile(host, path)));
    const texts = files.map(({ text }) => text);
    const wanted = state === 'absent' ? texts.map((text) => withoutOwner(text, user)) : withRange(texts, user, count);
    const rights = { mode: '644', owner: 'root', group: 'root' };
    const planned = files.map(async (file, i) => {
      const text = wanted[i] ?? '';
      return text === file.text ? [] : planText(host, file, { text, rights });
    });
    const steps = await Promise.all(planned);
    return { steps: steps.flat() };
  },
});

/** Both texts with a line for the user at the same ids; where one has it already, it stays. @throws TaskFailedError */
function withRange(texts: readonly string[], user: string, count: number): readonly string[] {
  const lacking = texts.filter((text) => !rangesOf(text).some(({ owner }) => owner === user));
  if (lacking.length === 0) return texts;
  const start = freeStart(texts.flatMap(rangesOf), count);
  if (start === undefined) {
    throw new TaskFailedError(`there are no ${count} free subordinate ids for ${user} in /etc/subuid and /etc/subgid`, {
      hint: 'Take ranges that nobody uses out of both files.',
    });
  }
  const line = `${user}:${start}:${count}\n`;
  return texts.map((text) => {
    if (!lacking.includes(text)) return text;
    return text === '' || text.endsWith('\n') ? `${text}${line}` : `${text}\n${line}`;
  });
}
