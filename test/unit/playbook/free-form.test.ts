import { describe, expect, test } from 'vitest';

import { parseFreeForm, splitWords } from '../../../src/playbook/free-form.ts';

const wordsOf = (text: string): string[] | undefined => splitWords(text)?.map((word) => word.text);

describe('words end at blanks outside quotes and templates', () => {
  test.each([
    ['a b', ['a', 'b']],
    ['  a \t b\n c ', ['a', 'b', 'c']],
    ['a="b c" d', ['a="b c"', 'd']],
    [`a='b "c"' d`, [`a='b "c"'`, 'd']],
    ['a="b \\" c" d', ['a="b \\" c"', 'd']],
    ['src={{ a b }} dest=/x', ['src={{ a b }}', 'dest=/x']],
    ['x={{ default a "b c" }}/y z', ['x={{ default a "b c" }}/y', 'z']],
    ['x={{{ a b }}} z', ['x={{{ a b }}}', 'z']],
    ['{{#if a}} b {{/if}}', ['{{#if a}}', 'b', '{{/if}}']],
    ["it's", undefined],
    ['{{ a', undefined],
    ['', []],
  ])('%j gives %j', (text, expected) => {
    expect(wordsOf(text)).toEqual(expected);
  });
});

describe('the arguments of a module', () => {
  test.each([
    ['src=a dest=b', { src: 'a', dest: 'b' }, ''],
    ['src="a b" mode=0644', { src: 'a b', mode: '0644' }, ''],
    ['path={{ a }}/b=c', { path: '{{ a }}/b=c' }, ''],
    ['line="a\\tb\\n"', { line: 'a\tb\n' }, ''],
    ['name=nginx yes', { name: 'nginx' }, 'yes'],
    ['file.yaml', {}, 'file.yaml'],
  ])('%j', (text, pairs, rest) => {
    const parsed = parseFreeForm(text, 'arguments');

    expect(Object.fromEntries(parsed?.pairs.map(({ name, value }) => [name, value]) ?? [])).toEqual(pairs);
    expect(parsed?.rest).toBe(rest);
  });
});

describe('a text is arguments when it is nothing else', () => {
  test.each([
    ['msg=hello', { msg: 'hello' }, ''],
    ['file=a.yaml name=b', { file: 'a.yaml', name: 'b' }, ''],
    ['say a=b', {}, 'say a=b'],
  ])('%j', (text, pairs, rest) => {
    const parsed = parseFreeForm(text, 'text');

    expect(Object.fromEntries(parsed?.pairs.map(({ name, value }) => [name, value]) ?? [])).toEqual(pairs);
    expect(parsed?.rest).toBe(rest);
  });
});

describe('a command keeps its own words', () => {
  test.each([
    ['make  install  PREFIX=/usr', {}, 'make  install  PREFIX=/usr'],
    ['make install chdir=/src creates="/usr/bin/x y"', { chdir: '/src', creates: '/usr/bin/x y' }, 'make install'],
    ['chdir=/src make -j2\nmake install', { chdir: '/src' }, 'make -j2\nmake install'],
    ['FOO=bar', {}, 'FOO=bar'],
    ['echo "a  chdir=b"', {}, 'echo "a  chdir=b"'],
    ['mount -o a=b,c', {}, 'mount -o a=b,c'],
  ])('%j', (text, pairs, rest) => {
    const parsed = parseFreeForm(text, 'command');

    expect(Object.fromEntries(parsed?.pairs.map(({ name, value }) => [name, value]) ?? [])).toEqual(pairs);
    expect(parsed?.rest).toBe(rest);
  });

  test('an open quote leaves it to the shell to complain', () => {
    expect(parseFreeForm("echo it's", 'command')).toBeUndefined();
  });
});
