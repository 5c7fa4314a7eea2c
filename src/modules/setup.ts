import { z } from 'zod';

import type { Values } from '../base/value.ts';
import { defineModule } from './module.ts';
import { seconds, wordList } from './shared/args.ts';
import { globPattern } from './shared/glob-pattern.ts';

/** Reads the facts of a host. */
export const setup = defineModule({
  name: 'setup',
  aliases: ['gather_facts'],
  summary: 'Read the facts of the host; they are read on first use anyway.',
  undo: 'It changes nothing, so there is nothing to take back.',
  args: z.strictObject({
    filter: wordList('Only facts whose name fits one of these patterns, such as `ansible_kernel*`.').optional(),
    gather_subset: wordList('Accepted; facts are few and are always read together.').optional(),
    gather_timeout: seconds('Accepted and ignored.').optional(),
    fact_path: z.string().optional().describe('Accepted and ignored.'),
  }),
  examples: [{ title: 'About the kernel', args: { filter: 'ansible_kernel*' } }],

  async plan({ args: { filter = [] }, host }) {
    const patterns = filter.map((pattern) => globPattern(pattern));
    const fits = (name: string): boolean => patterns.length === 0 || patterns.some((pattern) => pattern.test(name));
    const facts = await host.facts();
    const shown = Object.entries(facts).filter(([name]) => fits(name) || fits(`ansible_${name}`));
    const prefixed: Values = Object.fromEntries(shown.map(([name, value]) => [`ansible_${name}`, value]));
    return { steps: [], facts: { host: facts }, result: { ansible_facts: prefixed } };
  },
});
