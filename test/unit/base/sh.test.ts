import { spawnSync } from 'node:child_process';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { Secret } from '../../../src/base/secret.ts';
import { quote, sh } from '../../../src/base/sh.ts';

const shells: [name: string, command: [string, ...string[]]][] = [
  ['sh', ['/bin/sh']],
  ['dash', ['dash']],
  ['bash', ['bash']],
  ['busybox sh', ['busybox', 'sh']],
];

/** What a shell makes of the words of a script that prints each of them, ended by a NUL. */
function wordsIn([program, ...args]: [string, ...string[]], script: string): string[] {
  const { stdout } = spawnSync(program, args, { input: script, encoding: 'utf8' });
  return stdout.split('\0').slice(0, -1);
}

const nasty = [
  '',
  ' ',
  "'",
  "it's",
  "''",
  '"',
  '\\',
  "\\'",
  '$HOME',
  '$(id)',
  '`id`',
  '!!',
  '*',
  '~',
  '~root',
  '=cat',
  'a=b',
  '#no',
  '-n',
  '--',
  'a;b',
  'a&b',
  '\n',
  'line\nline\n',
  '\r\n',
  '\t',
  '\u0001\u007f\u001b[0m',
  '%s\\n',
  'ä日👩‍👩‍👧',
  '{a,b}',
  '$0',
  '|',
  '<>',
];
const anyWord = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
  fc.string({ unit: fc.constantFrom(...nasty) }),
);

describe.each(shells)('in %s', (_name, shell) => {
  test('whatever is quoted is one word, byte for byte', () => {
    fc.assert(
      fc.property(fc.array(anyWord, { maxLength: 20 }), (words) => {
        const list = [...nasty, ...words];
        expect(wordsIn(shell, sh`printf '%s\\0' ${list}`.text)).toEqual(list);
      }),
      { numRuns: 10 },
    );
  });

  test('values in a command are words of their own, and commands stay commands', () => {
    const inner = sh`printf '%s\\0' ${'a b'} ${7} ${new Secret("it's")}`;

    expect(wordsIn(shell, sh`if true; then ${inner}; fi; printf '%s\\0' ${['x', '$y']}`.text)).toEqual([
      'a b',
      '7',
      "it's",
      'x',
      '$y',
    ]);
  });
});

describe('quoting', () => {
  test.each([
    ['', "''"],
    ['plain', 'plain'],
    ['/etc/rancher/k3s/config.yaml', '/etc/rancher/k3s/config.yaml'],
    ['user@host:22', 'user@host:22'],
    ['--flag=value', '--flag=value'],
    ['a=b', 'a=b'],
    ['=b', "'=b'"],
    ['~/x', "'~/x'"],
    ['a b', "'a b'"],
    ["it's", "'it'\\''s'"],
    ['a\n', "'a\n'"],
    ['ä', "'ä'"],
  ])('%j is %s', (word, quoted) => {
    expect(quote(word)).toBe(quoted);
  });
});

describe('the form that may be shown', () => {
  const password = new Secret('hunter2');

  test('hides secrets, also inside other commands', () => {
    const inner = sh`login ${'ana'} ${password}`;
    const { text, redacted } = sh.lines([sh`with ${[1, 'b c']}`, sh`then ${inner}`]);

    expect(text).toBe("with 1 'b c'\nthen login ana hunter2");
    expect(redacted).toBe("with 1 'b c'\nthen login ana ***");
  });

  test('differs from the command exactly when there is a secret', () => {
    fc.assert(
      fc.property(anyWord, anyWord, (word, hidden) => {
        const open = sh`a ${word}`;
        const closed = sh`a ${word} ${new Secret(`${hidden}x`)}`;

        expect(open.redacted).toBe(open.text);
        expect(closed.redacted).toBe(`a ${quote(word)} ***`);
      }),
    );
  });

  test('of raw text is the text', () => {
    expect(sh.raw('a | b')).toEqual({ text: 'a | b', redacted: 'a | b' });
  });
});
