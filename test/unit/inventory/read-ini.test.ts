import { describe, expect, test } from 'vitest';

import { splitIniWords } from '../../../src/inventory/ini-words.ts';
import { buildInventory, tell } from '../../helpers/build-inventory.ts';

describe('words of a host line', () => {
  test.each([
    ['h1 a=1  b=2', ['h1', 'a=1', 'b=2']],
    ['h1 a="x y" b=\'z "w"\'', ['h1', 'a=x y', 'b=z "w"']],
    [String.raw`h1 a=x\ y b="q\"t\\u\v"`, ['h1', 'a=x y', String.raw`b=q"t\u\v`]],
    ['h1 # comment a=1', ['h1']],
    ['h1 a="#5"', ['h1', 'a=#5']],
    ['h1 a=""', ['h1', 'a=']],
    ['', []],
  ])('%j', (line, expected) => {
    expect(splitIniWords(line).map(({ text }) => text)).toEqual(expected);
  });
});

function problems(text: string): readonly string[] {
  return buildInventory(text, 'hosts.ini').problems.map(tell);
}

describe('mistakes', () => {
  test.each([
    [
      'h1 a=x#y',
      '1:7 everything after `#` is a comment, also inside a word | Put quotes around the value, or a space before the comment.',
    ],
    ['h1 a="x', '1:6 the quote is never closed | Write " at the end of the value.'],
    ['h1 badvar', '1:4 `badvar` is no variable | Write name=value, or each host on a line of its own.'],
    ['h1 ; c', '1:4 `;` starts a comment at the start of a line only | Write # before the comment.'],
    ['h1 x={{ y }}', '1:9 `y` is no variable | Quote templates that hold spaces: name="{{ value }}".'],
    ['[web:varz]', '1:1 `:varz` is no kind of section | Did you mean `vars`?'],
    ['[web:foo]', '1:1 `:foo` is no kind of section | There are [group], [group:children] and [group:vars].'],
    ['[a b]', '1:1 this is no section | A section has one name without spaces: [web], [web:children], [web:vars].'],
    ['[]', '1:1 this is no section | A section has one name without spaces: [web], [web:children], [web:vars].'],
    ['[web]\nh1\n[wbe:vars]\nx=1', '3:1 no section defines the group `wbe` | Did you mean `web`?'],
    ['[a:children]\nb', '2:1 no section defines the group `b` | Did you mean `a`?'],
    ['[a]\n[a:vars]\nnovalue', '3:1 a line of a vars section is `name=value`'],
    ['[a]\n[a:children]\nb c', '3:1 a line of a children section is the name of a group'],
    [
      '[a]\n[a:vars]\nx=y # z',
      '3:3 warning: in a vars section, a comment becomes part of the value | Move the comment to a line of its own, or quote the value if it is meant.',
    ],
    ['[a]\n[a:vars]\nansible_group_priority=high', '3:24 the priority of a group is a whole number'],
    ['h1,h2', '1:1 a host name cannot hold a comma | Write each host on a line of its own.'],
  ])('%j', (text, expected) => {
    expect(problems(text)).toContain(expected);
  });

  test('are told all at once', () => {
    expect(problems('h1 x\n[a b]\nh2 ; c\n')).toHaveLength(3);
  });
});

test('a byte order mark and Windows line ends are fine', () => {
  const { inventory, problems: found } = buildInventory('\uFEFF[web]\r\nh1 x=1\r\n[web:vars]\r\ny=a\r\n', 'hosts.ini');

  expect(found).toEqual([]);
  expect(inventory.hosts.get('h1')?.vars.get('x')?.value).toBe(1);
  expect(inventory.groups.get('web')?.vars.get('y')?.value).toBe('a');
});

test('variables know where they were written', () => {
  const { inventory } = buildInventory('[web]\nh1 x=1 name="{{ nope }}"\n[web:vars]\n  y = {{ z }}\n', 'hosts.ini');

  expect(inventory.hosts.get('h1')?.vars.get('name')?.at([])).toEqual({
    file: 'hosts.ini',
    line: 2,
    column: 8,
    length: 17,
  });
  expect(inventory.groups.get('web')?.vars.get('y')?.at([])).toEqual({
    file: 'hosts.ini',
    line: 4,
    column: 7,
    length: 7,
  });
});
