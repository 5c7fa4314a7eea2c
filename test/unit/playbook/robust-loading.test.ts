import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { array, assert, constantFrom, integer, property } from 'fast-check';
import { expect, test } from 'vitest';

import { loadPlaybooks } from '../../../src/playbook/load-playbook.ts';
import { Problems } from '../../../src/playbook/problems.ts';
import { someModules } from '../../helpers/playbook-files.ts';

const sample = `- name: A play
  hosts: [web, "{{ x }}"]
  become: yes
  serial: [1, "30%"]
  vars: { a: 1, b: "{{ a }}" }
  vars_files: [site.yaml]
  roles: [{ role: r, tags: [x] }]
  tasks:
    - name: one
      copy: src=a dest="/b c"
      when: [a == 1, b]
      loop: "{{ list }}"
      loop_control: { index_var: i }
      notify: h
      until: a
      retries: 3
    - block:
        - command: x
          args: { chdir: /y }
      rescue:
        - meta: flush_handlers
      always:
        - include_tasks: { file: "{{ f }}.yaml", apply: { tags: q } }
    - import_tasks: site.yaml
    - include_role: { name: r, tasks_from: main }
  handlers:
    - name: h
      shell: echo
      listen: [t]
`;

/** What may stand in a line's place. */
const junk = [
  '',
  '- ',
  '  - x',
  '    when:',
  '      - [',
  '  ? a',
  '    - {}',
  '  tasks: 5',
  '\t',
  '    name: !x y',
  '  *a',
  '{{',
  '- hosts: 1',
];

test('whatever is written, the loader reports it and never breaks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-robust-'));
  const file = join(folder, 'site.yaml');
  const lines = sample.split('\n');
  const change = property(
    array(integer({ min: 0, max: lines.length - 1 }), { minLength: 1, maxLength: 4 }),
    constantFrom(...junk),
    constantFrom('replace', 'remove', 'indent', 'outdent', 'cut'),
    (places, text, how) => {
      const changed = lines.map((line, i) => (places.includes(i) ? changeLine(line, text, how) : line));
      writeFileSync(file, changed.filter((line) => line !== undefined).join('\n'));
      const problems = new Problems();
      loadPlaybooks([file], someModules, problems);
      for (const { message, span } of problems.all) {
        expect(message).not.toBe('');
        expect(span.line).toBeGreaterThan(0);
      }
    },
  );
  try {
    assert(change, { numRuns: 100 });
  } finally {
    rmSync(folder, { recursive: true });
  }
});

function changeLine(line: string, text: string, how: string): string | undefined {
  if (how === 'remove') return undefined;
  if (how === 'indent') return `  ${line}`;
  if (how === 'outdent') return line.replace(/^ {2}/, '');
  if (how === 'cut') return line.slice(0, line.length / 2);
  return text;
}
