import { z } from 'zod';

import type { Value } from '../base/value.ts';
import { evaluateExpression } from '../template/condition.ts';
import { defineModule, found, unchanged } from './module.ts';
import { atMostOneOf, wholeNumber } from './shared/args.ts';

/** Shows a message or a variable. */
export const debug = defineModule({
  name: 'debug',
  summary: 'Show a message, a variable or the value of an expression.',
  undo: 'It changes nothing, so there is nothing to take back.',
  freeForm: 'msg',
  raw: ['var'],
  args: z
    .strictObject({
      msg: z.json().optional().describe('What to show; lists and mappings are shown as JSON.'),
      var: z.string().min(1).optional().describe('A variable or an expression, without braces.'),
      verbosity: wholeNumber('Show it only with at least so many -v.').optional(),
    })
    .superRefine((args, context) => atMostOneOf(args, ['msg', 'var'], context)),
  examples: [
    { title: 'A message', args: { msg: 'all nodes are up' } },
    { title: 'A registered result', args: { var: 'result', verbosity: 1 } },
  ],

  plan({ args: { msg, var: name, verbosity = 0 }, vars, at }) {
    if (Number(vars.get('ansible_verbosity') ?? 0) < verbosity) return Promise.resolve(unchanged);
    if (name === undefined) return Promise.resolve(found({ msg: msg ?? null }, show(msg ?? '')));
    const isMissing = /^\w+$/.test(name) && !vars.has(name);
    if (isMissing) return Promise.resolve(found({ [name]: null }, `${name} is not defined`));
    const value = evaluateExpression(name, vars, at);
    return Promise.resolve(found({ [name]: value }, `${name}: ${show(value)}`));
  },
});

function show(value: Value): string {
  return typeof value === 'string' ? value : JSON.stringify(value, null, 2);
}
