import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { array, assert, boolean, constantFrom, integer, oneof, property, subarray, tuple } from 'fast-check';
import { afterAll, expect, test } from 'vitest';

import { isMode, resolveMode } from '../../../../src/modules/shared/modes.ts';

const folder = mkdtempSync(join(tmpdir(), 'k3sbox-modes-'));
const paths = { file: join(folder, 'file'), directory: join(folder, 'directory') };
writeFileSync(paths.file, '');
mkdirSync(paths.directory);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the machine's own chmod makes of it. */
function chmod(mode: string, current: string, kind: 'file' | 'directory'): string {
  chmodSync(paths[kind], Number.parseInt(current, 8));
  execFileSync('sh', ['-c', 'umask 022; chmod -- "$1" "$2" 2>/dev/null || :', 'sh', mode, paths[kind]]);
  return (statSync(paths[kind]).mode & 0o7777).toString(8);
}

const symbolicModes =
  'u=rw,go=r u+x go-rwx a+X u+X,g=u o= +x =r -w g=o u=g,o=u ug+rws o+t u=rwxs g-s a=rX u=rw-x+x = ugo=rwx,g-w,o-rwx +t a+st u-s g=s'.split(
    ' ',
  );
const octalModes = ['0644', '755', '4755', '1777', '000', '2770'];

test.each(symbolicModes.flatMap((mode) => ['644', '755', '4711', '2750', '000', '1777'].map((now) => [mode, now])))(
  'chmod %s on mode %s is what chmod makes of it',
  (mode, current) => {
    expect(resolveMode(mode, { mode: current, isDirectory: false })).toBe(chmod(mode, current, 'file'));
    expect(resolveMode(mode, { mode: current, isDirectory: true })).toBe(chmod(mode, current, 'directory'));
  },
);

test.each(octalModes)('octal %s is taken as it is, whatever was there', (mode) => {
  expect(resolveMode(mode, { mode: '4711', isDirectory: false })).toBe(chmod(mode, '644', 'file'));
});

test('random clauses mean what chmod means', () => {
  const who = subarray(['u', 'g', 'o', 'a']).map((letters) => letters.join(''));
  const letters = subarray(['r', 'w', 'x', 'X', 's', 't']).map((bits) => bits.join(''));
  const what = oneof(letters, constantFrom('u', 'g', 'o'));
  const clause = tuple(who, constantFrom('+', '-', '='), what).map((parts) => parts.join(''));
  const mode = array(clause, { minLength: 1, maxLength: 3 }).map((clauses) => clauses.join(','));
  const current = integer({ min: 0, max: 0o7777 }).map((bits) => bits.toString(8));

  const law = property(mode, current, boolean(), (symbols, now, isDirectory) => {
    expect(isMode(symbols)).toBe(true);
    expect(resolveMode(symbols, { mode: now, isDirectory })).toBe(
      chmod(symbols, now, isDirectory ? 'directory' : 'file'),
    );
  });
  assert(law, { numRuns: 150 });
});

test.each(['', '8', '0888', '64', 'u', 'z+x', 'u=rwx,', 'u=q', 'preserve', '-1'])('%j is no mode', (mode) => {
  expect(isMode(mode)).toBe(false);
});
