import { z } from 'zod';

import type { Value } from '../base/value.ts';
import { defineModule } from './module.ts';

/** Names that conditions and templates can use. */
const name = z.string().regex(/^[A-Za-z_]\w*$/, 'must be a name: letters, digits and _, not starting with a digit');

/** Sets variables. */
export const setFact = defineModule({
  name: 'set_fact',
  summary: 'Set variables of the host for the rest of the run.',
  undo: 'Variables live as long as the run: there is nothing to take back.',
  args: z
    .record(name, z.json().describe('Any value.'))
    .describe('Variables by name; `cacheable` is accepted and ignored.'),
  examples: [{ title: 'Two variables', args: { role: 'agent', ports: [6443, 10250] } }],

  plan({ args }) {
    const facts = Object.fromEntries(Object.entries(args).filter(([key]) => key !== 'cacheable')) satisfies Record<
      string,
      Value
    >;
    return Promise.resolve({ steps: [], facts: { set: facts }, result: { ansible_facts: facts } });
  },
});
