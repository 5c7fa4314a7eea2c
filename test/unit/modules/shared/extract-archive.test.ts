import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import { type Extraction, extractScript, extractUndo } from '../../../../src/modules/shared/extract-archive.ts';
import type { ShellCommand } from '../../../../src/base/sh.ts';

/** A folder with an archive of one file, and programs that can be made to fail. */
function extraction() {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-extract-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [dest, bin] = [join(folder, 'dest'), join(folder, 'bin')];
  for (const path of [dest, bin, join(folder, 'inner')]) mkdirSync(path);
  writeFileSync(join(folder, 'inner/file'), 'unpacked\n');
  spawnSync('tar', ['-cf', join(folder, 'archive.tar'), '-C', folder, 'inner']);
  const what: Extraction = {
    archive: join(folder, 'archive.tar'),
    isOurs: false,
    dest,
    stamp: join(folder, 'state/stamp'),
    backup: join(folder, 'state/stamp.run.undo'),
    options: [],
    rights: {},
  };
  const run = ({ text }: ShellCommand): number | null =>
    spawnSync('sh', ['-c', text], { env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` } }).status;
  const shim = (name: string, lines: string): void => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${lines}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  return { what, run, shim, bin, dest };
}

test('what was unpacked cannot be removed: undo says so, and can be repeated', () => {
  const { what, run, shim, bin, dest } = extraction();
  expect(run(extractScript(what))).toBe(0);
  shim('rm', `case "$*" in '-f '*) exit 1;; esac\nexec /bin/rm "$@"`);

  const first = run(extractUndo(what));
  rmSync(join(bin, 'rm'));

  expect(first).toBe(1);
  expect(existsSync(what.backup)).toBe(true);
  expect(run(extractUndo(what))).toBe(0);
  expect(readdirSync(dest)).toEqual([]);
});

test('unpacking that is killed in the midst leaves nothing behind its undo', () => {
  const { what, run, shim, dest } = extraction();
  shim('tar', '/bin/tar "$@"; kill -9 $PPID; sleep 1');

  const killed = run(extractScript(what));
  const left = readdirSync(dest);

  expect([killed, left]).toEqual([null, [expect.stringMatching(/^\.k3sbox\./)]]);
  expect(run(extractUndo(what))).toBe(0);
  expect(readdirSync(dest)).toEqual([]);
});
