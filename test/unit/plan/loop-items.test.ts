import { describe, expect, test } from 'vitest';

import { FileStore } from '../../../src/plan/local-files.ts';
import { loopItems } from '../../../src/plan/loop-items.ts';
import { folderWith, indent, loadOneTask } from '../../helpers/playbook-files.ts';
import { scopeOf } from '../../helpers/scope-of.ts';

const variables = scopeOf({ list: ['a', ['b', ['c']], 'd'], mapping: { x: 1, y: [2] }, n: 3, word: 'one' });

function itemsOf(loop: string, folders: readonly string[] = []): readonly unknown[] {
  const task = loadOneTask(`- command: x\n${indent(loop, 2)}`);
  if (task.loop === undefined) throw new Error('no loop');
  return loopItems(task.loop, variables, new FileStore().within(folders));
}

describe('the items of a loop', () => {
  test.each([
    ['loop: [a, "{{ n }}", "x{{ n }}"]', ['a', 3, 'x3']],
    ['loop: "{{ list }}"', ['a', ['b', ['c']], 'd']],
    ['loop: []', []],
    ['with_items: "{{ list }}"', ['a', 'b', ['c'], 'd']],
    ['with_items: ["{{ list }}", z]', ['a', ['b', ['c']], 'd', 'z']],
    ['with_items: "{{ word }}"', ['one']],
    [
      'with_dict: "{{ mapping }}"',
      [
        { key: 'x', value: 1 },
        { key: 'y', value: [2] },
      ],
    ],
    ['with_dict: { a: b }', [{ key: 'a', value: 'b' }]],
    ['with_sequence: end=3', ['1', '2', '3']],
    ['with_sequence: start=2 end={{ n }} format=web%02d', ['web02', 'web03']],
    ['with_sequence: { start: 10, end: 4, stride: -3 }', ['10', '7', '4']],
    ['with_sequence: count=3 start=8 stride=4 format=0x%04x', ['0x0008', '0x000c', '0x0010']],
    ['with_sequence: count=0', []],
    ['with_sequence: start=5 end=1', []],
  ])('%s', (loop, items) => {
    expect(itemsOf(loop)).toEqual(items);
  });

  test('with_fileglob are the files of the first folder that is there, sorted', () => {
    const folder = folderWith({
      'role/files/conf/b.conf': '',
      'role/files/conf/a.conf': '',
      'role/files/conf/.hidden.conf': '',
      'role/files/conf/c.txt': '',
      'role/files/conf/d.conf/inner.conf': '',
      'conf/z.conf': '',
    });
    const search = (pattern: string) =>
      itemsOf(`with_fileglob: ["${pattern}"]`, [`${folder}/role`, folder]).map((path) =>
        String(path).replace(`${folder}/`, ''),
      );

    expect(search('conf/*.conf')).toEqual(['role/files/conf/a.conf', 'role/files/conf/b.conf']);
    expect(search('conf/[!a].???')).toEqual(['role/files/conf/c.txt']);
    expect(search('nowhere/*')).toEqual([]);
  });
});

test.each([
  ['loop: "{{ word }}"', '`loop` needs a list, and this is a text'],
  ['with_dict: "{{ list }}"', '`with_dict` needs a mapping, and this is a list'],
  ['with_sequence: start=1', 'a sequence needs `end` or `count`'],
  ['with_sequence: end=x', '`end` of a sequence must be a whole number, not "x"'],
  ['with_sequence: end=5 stride=0', '`stride` of a sequence cannot be 0'],
  ['with_sequence: end=999999999', 'a sequence of 999999999 items is too long'],
  ['with_sequence: count=1 format=%s', 'the format `%s` is not known'],
  ['with_sequence: one to five', 'this is no sequence'],
  ['with_fileglob: [5]', '`with_fileglob` needs patterns, not `5`'],
  ['loop: ["{{ missing }}"]', '`missing` is not defined'],
])('%s is refused: %s', (loop, message) => {
  expect(() => itemsOf(loop)).toThrow(message);
});
