import { describe, expect, test } from 'vitest';

import { checkTags, isSelected, selectTags } from '../../../src/plan/select-tags.ts';
import { loadFirstPlay, outline } from '../../helpers/playbook-files.ts';

describe('a task with tags [first] runs with --tags [second] --skip-tags [third]', () => {
  test.each<[string[], string[], string[], boolean]>([
    [[], [], [], true],
    [['a'], [], [], true],
    [['a'], ['a'], [], true],
    [['a', 'b'], ['b'], [], true],
    [['a'], ['b'], [], false],
    [[], ['a'], [], false],
    [['a'], [], ['a'], false],
    [['a', 'b'], ['a'], ['b'], false],
    [['always'], ['x'], [], true],
    [['always'], [], ['always'], false],
    [['always', 'a'], ['x'], ['a'], false],
    [['never'], [], [], false],
    [['never', 'a'], [], [], false],
    [['never', 'a'], ['a'], [], true],
    [['never'], ['never'], [], true],
    [['never'], ['all'], [], false],
    [['a'], ['all'], [], true],
    [['a'], ['tagged'], [], true],
    [[], ['tagged'], [], false],
    [[], ['untagged'], [], true],
    [['a'], ['untagged'], [], false],
    [['never'], ['tagged'], [], false],
    [['a'], [], ['tagged'], false],
    [[], [], ['untagged'], false],
    [['a'], [], ['all'], false],
    [['always'], [], ['all'], true],
  ])('%j %j %j: %s', (taskTags, tags, skipTags, expected) => {
    expect(isSelected(taskTags, { tags, skipTags })).toBe(expected);
  });
});

const files = {
  'site.yaml': `- hosts: all
  tasks:
    - { name: a, command: x, tags: a }
    - { name: untagged, command: x }
    - { name: never, command: x, tags: [never, rare] }
    - block: [{ name: in the block, command: x, tags: b }]
      rescue: [{ name: rescue, command: x }]
    - { name: inc, include_tasks: inner.yaml }
    - meta: flush_handlers
  handlers:
    - { name: handler, command: x }
`,
  'inner.yaml': '- { name: deep, command: x, tags: deep }\n- { name: plain, command: x }\n',
};

function selected(tags: string[], skipTags: string[] = []): unknown[] {
  return outline(selectTags(loadFirstPlay(files), { tags, skipTags }).body);
}

describe('a play', () => {
  test('leaves out what is `never` by default', () => {
    expect(selected([])).toEqual([
      'all/a',
      'all/untagged',
      { block: ['all/block/in-the-block'], rescue: ['all/block/rescue/rescue'], always: [] },
      { include: 'all/inc', known: ['all/inc/inner/deep', 'all/inc/inner/plain'] },
      'flush',
      'flush',
    ]);
  });

  test('keeps flushes and drops blocks that are empty', () => {
    expect(selected(['a'])).toEqual(['all/a', 'flush', 'flush']);
    expect(selected(['rare'])).toEqual(['all/never', 'flush', 'flush']);
  });

  test('goes into an include for a task in it', () => {
    expect(selected(['deep'])).toEqual([{ include: 'all/inc', known: ['all/inc/inner/deep'] }, 'flush', 'flush']);
    expect(selected([], ['deep', 'a', 'b', 'never'])).toEqual([
      'all/untagged',
      { block: [], rescue: ['all/block/rescue/rescue'], always: [] },
      { include: 'all/inc', known: ['all/inc/inner/plain'] },
      'flush',
      'flush',
    ]);
  });

  test('chooses among what an include loads later, too', () => {
    const play = selectTags(
      loadFirstPlay({ ...files, 'site.yaml': '- hosts: all\n  tasks: [{ include_tasks: "{{ x }}", tags: always }]\n' }),
      { tags: ['deep'], skipTags: [] },
    );
    const [include] = play.body;

    expect(include?.kind === 'include' && outline(include.load('inner.yaml').nodes)).toHaveLength(1);
  });
});

const check = (tags: string[], site = files['site.yaml']) =>
  checkTags([loadFirstPlay({ ...files, 'site.yaml': site })], { tags, skipTags: [] });

describe('a tag that no task has', () => {
  test('is an error with what there is', () => {
    expect(() => check(['depe'])).toThrow(
      expect.objectContaining({ code: 'usage', message: 'no task has the tag `depe`', hint: 'Did you mean `deep`?' }),
    );
    expect(() => check(['a', 'install'])).toThrow(
      expect.objectContaining({ hint: 'Known are a, b, deep, never, rare.' }),
    );
  });

  test('may stand in a file that is not known yet', () => {
    expect(() => check(['x'], `${files['site.yaml']}- hosts: all\n`)).toThrow('no task has the tag');
    expect(() => check(['x'], '- hosts: all\n  tasks: [{ include_tasks: "{{ x }}" }]\n')).not.toThrow();
    expect(() => check(['all', 'tagged', 'untagged', 'always', 'never'])).not.toThrow();
  });
});
