import { describe, expect, test } from 'vitest';

import { startAt } from '../../../src/plan/start-at.ts';
import type { Include } from '../../../src/playbook/playbook.ts';
import { loadSite, outline } from '../../helpers/playbook-files.ts';

const files = {
  'site.yaml': `- hosts: one
  name: One
  tasks:
    - { name: first, command: x }
- hosts: two
  name: Two
  roles: [r]
  tasks:
    - { name: a, command: x }
    - block: [{ name: b, command: x }, { name: c, command: x }]
      rescue: [{ name: d, command: x }, { name: e, command: x }]
      always: [{ name: f, command: x }, { name: g, command: x }]
    - { name: inc, include_tasks: inner.yaml }
    - { name: last, command: x }
- hosts: three
  name: Three
`,
  'inner.yaml': '- { name: h, command: x }\n- { name: i, command: x }\n',
  'roles/r/tasks/main.yaml': '- { name: of the role, command: x }\n- { name: again, command: x }\n',
};

/** The first play that is left, and the ids of its tasks in short. */
function from(task: string): unknown {
  const [play] = startAt(loadSite(files).plays, task);
  return JSON.parse(
    JSON.stringify(outline(play?.body ?? [])).replaceAll(/two\/(?:inc\/inner\/|block\/(?:\w+\/)?|r\/)?/g, ''),
  );
}

const rest = [{ include: 'inc', known: ['h', 'i'] }, 'last', 'flush'];
const block = { block: ['b', 'c'], rescue: ['d', 'e'], always: ['f', 'g'] };

const ids = (load: Include['load'] | undefined) =>
  load?.('inner.yaml').nodes.map((node) => 'name' in node && node.name);

describe('a run starts at a task, and leaves out what stands before it', () => {
  test.each<[string, unknown]>([
    ['of the role', ['of-the-role', 'again', 'a', block, ...rest]],
    ['r : again', ['again', 'a', block, ...rest]],
    ['two/r/again', ['again', 'a', block, ...rest]],
    ['a', ['a', block, ...rest]],
    ['c', [{ ...block, block: ['c'] }, ...rest]],
    ['e', [{ ...block, block: ['e'], rescue: [] }, ...rest]],
    ['g', [{ block: [], rescue: [], always: ['g'] }, ...rest]],
    ['inc', rest],
    ['i', [{ include: 'inc', known: ['i'] }, 'last', 'flush']],
    ['last', ['last', 'flush']],
  ])('%s', (task, expected) => {
    expect(from(task)).toEqual(expected);
  });

  test('plays after it are whole', () => {
    expect(startAt(loadSite(files).plays, 'first').map(({ name }) => name)).toEqual(['One', 'Two', 'Three']);
    expect(startAt(loadSite(files).plays, 'last').map(({ name }) => name)).toEqual(['Two', 'Three']);
  });

  test('only the first round of an include starts in its middle', () => {
    const [play] = startAt(loadSite(files).plays, 'i');
    const [include] = play?.body ?? [];
    expect(include?.kind === 'include' && [ids(include.load), ids(include.loadAgain)]).toEqual([['i'], ['h', 'i']]);
  });

  test('a name that no task has is an error', () => {
    expect(() => startAt(loadSite(files).plays, 'lst')).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: 'there is no task "lst" to start at',
        hint: 'Did you mean `last`?',
      }),
    );
  });
});
