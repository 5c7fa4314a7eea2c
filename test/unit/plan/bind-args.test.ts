import { describe, expect, test } from 'vitest';
import { z } from 'zod';

import type { Values } from '../../../src/base/value.ts';
import { defineModule, unchanged } from '../../../src/modules/module.ts';
import { bindArgs, checkArgs } from '../../../src/plan/bind-args.ts';
import { omit } from '../../../src/plan/omit.ts';
import { folderWith, indent, loadOneTask, print, printedError } from '../../helpers/playbook-files.ts';
import { scopeOf } from '../../helpers/scope-of.ts';

/** A module with one argument of each kind, under the name of one that the loader knows. */
const module = defineModule({
  name: 'copy',
  summary: 'For this test.',
  raw: ['that'],
  args: z
    .strictObject({
      dest: z.string().startsWith('/'),
      mode: z.string().optional(),
      backup: z.boolean().optional(),
      count: z.int().optional(),
      names: z.array(z.string()).optional(),
      options: z.strictObject({ on: z.boolean() }).optional(),
      state: z.enum(['present', 'absent']).default('present'),
      that: z.string().optional(),
    })
    .superRefine((args, context) => {
      if (args.state === 'absent' && args.mode !== undefined) {
        context.addIssue({ code: 'custom', path: ['mode'], message: 'makes no sense with `state: absent`' });
      }
    }),
  examples: [],
  plan: () => Promise.resolve(unchanged),
});

const variables: Values = { path: '/x', list: ['a', 'b'], yes: 'yes', n: 5, omit, nothing: null };

function bound(args: string): unknown {
  return bindArgs(loadOneTask(`- copy:\n${indent(args, 4)}`).args, module, scopeOf(variables));
}

describe('arguments on a host', () => {
  test.each([
    ['dest: "{{ path }}/{{ n }}"', { dest: '/x/5' }],
    ['dest: /x\nnames: "{{ list }}"', { dest: '/x', names: ['a', 'b'] }],
    ['dest: /x\nnames: "{{ n }}"', { dest: '/x', names: ['5'] }],
    ['dest: /x\nbackup: "{{ yes }}"\ncount: "{{ n }}"', { dest: '/x', backup: true, count: 5 }],
    ['dest: /x\ncount: "1{{ n }}"', { dest: '/x', count: 15 }],
    ['dest: /x\nmode: 0644', { dest: '/x', mode: '0644' }],
    ['dest: /x\nmode: "{{ omit }}"', { dest: '/x' }],
    ['dest: /x\nmode: "{{ default undefined_mode omit }}"', { dest: '/x' }],
    ['dest: /x\nnames: [a, "{{ omit }}"]', { dest: '/x', names: ['a'] }],
    ['dest: /x\nmode:', { dest: '/x' }],
    ['dest: /x\nmode: "{{ nothing }}"', { dest: '/x' }],
    ['dest: /x\noptions: { on: no }', { dest: '/x', options: { on: false } }],
    ['dest: /x\nthat: "{{ not_a_template }}"', { dest: '/x', that: '{{ not_a_template }}' }],
  ])('%s', (args, expected) => {
    expect(bound(args)).toEqual({ state: 'present', ...expected });
  });

  test('everything wrong is reported at its place', () => {
    const folder = folderWith({});
    const text = 'dest: "{{ pth }}"\nnames: ["{{ lst }}"]';

    expect(printedError(() => bound(text), folder).replaceAll(/\S+site/g, 'site')).toMatchInlineSnapshot(`
      "site.yaml:4:19: \`pth\` is not defined
        3 |     - copy:
      > 4 |         dest: "{{ pth }}"
          |                   ~~~
        5 |         names: ["{{ lst }}"]
        hint: Did you mean \`path\`?

      site.yaml:5:21: \`lst\` is not defined
        4 |         dest: "{{ pth }}"
      > 5 |         names: ["{{ lst }}"]
          |                     ~~~
        hint: Did you mean \`list\`?"
    `);
    const wrong = 'dest: x{{ path }}\nmodee: 1\nstate: gone\noptions: { on: maybe }';
    expect(printedError(() => bound(wrong), folder).replaceAll(/\S+site/g, 'site')).toMatchInlineSnapshot(`
      "site.yaml:4:15: \`dest\` must start with "/"
        3 |     - copy:
      > 4 |         dest: x{{ path }}
          |               ~~~~~~~~~~~
        5 |         modee: 1

      site.yaml:5:9: \`modee\` is not known here
        4 |         dest: x{{ path }}
      > 5 |         modee: 1
          |         ~~~~~
        6 |         state: gone
        hint: Did you mean \`mode\`?

      site.yaml:6:16: \`state\` must be one of present, absent
        5 |         modee: 1
      > 6 |         state: gone
          |                ~~~~
        7 |         options: { on: maybe }

      site.yaml:7:24: \`on\` must be yes or no (true, false), but is the text "maybe"
        6 |         state: gone
      > 7 |         options: { on: maybe }
          |                        ~~~~~"
    `);
  });
});

const problems = (args: string) =>
  print(checkArgs(loadOneTask(`- copy:\n${indent(args, 4)}`).args, module), '/nowhere').replaceAll(/\S+site/g, 'site');

describe('before any host is known', () => {
  test.each([
    'dest: "{{ path }}"\nbackup: "{{ b }}"\nnames: "{{ c }}"',
    'dest: /x\nbackup: yes\ncount: "5"',
    'dest: "{{ path }}"\nmode: "0644"\nstate: "{{ state }}"',
    'dest: /x\nthat: "{{ x }}"',
  ])('%s is fine', (args) => {
    expect(problems(args)).toBe('');
  });

  test('unknown names and literal values of the wrong type are errors, templates are left for later', () => {
    expect(problems('dst: /x\nbackup: "{{ b }}"\ncount: many')).toMatchInlineSnapshot(`
      "site.yaml:3:7: \`dest\` is missing (text)
        2 |   tasks:
      > 3 |     - copy:
          |       ~~~~
        4 |         dst: /x

      site.yaml:4:9: \`dst\` is not known here
        3 |     - copy:
      > 4 |         dst: /x
          |         ~~~
        5 |         backup: "{{ b }}"
        hint: Did you mean \`dest\`?

      site.yaml:6:16: \`count\` must be a number, but is the text "many"
        5 |         backup: "{{ b }}"
      > 6 |         count: many
          |                ~~~~"
    `);
  });

  test('a rule between arguments is checked when all of them are known', () => {
    expect(problems('dest: /x\nstate: absent\nmode: "0644"')).toMatchInlineSnapshot(`
      "site.yaml:6:16: \`mode\` is wrong: makes no sense with \`state: absent\`
        5 |         state: absent
      > 6 |         mode: "0644"
          |                ~~~~"
    `);
    expect(problems('dest: "{{ path }}"\nstate: absent\nmode: "0644"')).toBe('');
  });
});
