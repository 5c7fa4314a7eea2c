import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { quote } from '../../../src/base/sh.ts';
import { lookLibrary } from '../../../src/host/act-library.ts';

/** What `k_of` finds of a path in a file that `k_look` wrote. */
function linesOf(look: string, path: string, shell: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-look-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, '0001.before');
  writeFileSync(file, look);
  const [program = 'sh', ...words] = shell;
  return execFileSync(program, [...words, '-c', `${lookLibrary}\nk_of ${quote(file)} ${quote(path)}`], {
    encoding: 'utf8',
  });
}

const sum = 'c8518d7e574626e44644fb5dd1348aec70ed95b22336992a981336f5a0c69be3';

describe.each([[['dash']], [['bash']], [['busybox', 'sh']]])('what stood at a path, under %j', (shell) => {
  const look = [
    '81a4 0 0 root root /a',
    '81a4 7 8 domain user domain group /b c',
    '81a4 0 0 root root /b',
    'a1ff 0 0 root root /l',
    '81a4 0 0 root root /x\\n $HOME *',
    `${sum}  /a`,
    `${sum}  /b c`,
    '/l\ttarget with\ttab',
    '# end',
  ];

  test.each([
    ['/a', [0, 5]],
    ['/b c', [1, 6]],
    ['/b', [2]],
    ['/l', [3, 7]],
    ['/x\\n $HOME *', [4]],
    ['/none', []],
    ['/c', []],
    ['c', []],
  ])('%j', (path, lines) => {
    expect(linesOf(`${look.join('\n')}\n`, path, shell)).toBe(lines.map((i) => `${look[i]}\n`).join(''));
  });
});
