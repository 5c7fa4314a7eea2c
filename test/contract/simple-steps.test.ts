import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';

import type { DirectoryOp, FileOp } from '../../src/base/op.ts';
import { group, hostWithTree, plantTree, shells, text } from '../helpers/host-tree.ts';
import { readTree } from '../helpers/tree.ts';

/** A host that finds this as its perl; `calls` is how often it has been called. */
function hostWithPerl(shell: [string, ...string[]], perl: string) {
  const bin = mkdtempSync(join(tmpdir(), 'k3sbox-bin-'));
  onTestFinished(() => rmSync(bin, { recursive: true }));
  const log = join(bin, 'log');
  writeFileSync(log, '');
  writeFileSync(join(bin, 'perl'), `#!/bin/sh\necho called >>${log}\n${perl}\n`);
  chmodSync(join(bin, 'perl'), 0o755);
  const made = hostWithTree(shell, { env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` } });
  return { ...made, calls: () => readFileSync(log, 'utf8').split('\n').length - 1 };
}

const real = 'exec /usr/bin/perl "$@"';
const broken = 'exit 1';

const folder = (path: string, more: Partial<DirectoryOp> = {}): DirectoryOp => ({ kind: 'directory', path, ...more });
const file = (path: string, more: Partial<FileOp> = {}): FileOp => ({
  kind: 'file',
  path,
  content: text('new\n'),
  ...more,
});

type Sketch = Readonly<{ name: string; isFile: boolean; mode?: string; owner?: string; group?: string }>;

const names = ['a', 'link', 'full', 'full/x', 'full/new', 'full/deep', 'one', 'one/two', 'we ird', 'nowhere/at/all'];
const anySketch: fc.Arbitrary<Sketch> = fc.record(
  {
    name: fc.constantFrom(...names),
    isFile: fc.boolean(),
    mode: fc.constantFrom('600', '644', '2755', '4711'),
    owner: fc.constantFrom('root', 'daemon', '4242', 'nobody-has-this-name'),
    group: fc.constantFrom('root', 'daemon', '4242'),
  },
  { requiredKeys: ['name', 'isFile'] },
);

describe.each(shells)('simple steps with %s', (_name, shell) => {
  test('are done by one process, whatever their number', async () => {
    const { host, folder: root, calls } = hostWithPerl(shell, real);
    const at = (name: string): string => join(root, name);
    const folders = [folder(at('one')), folder(at('one/two'), { mode: '700' })];
    const files = Array.from({ length: 200 }, (_, i) => file(at(`one/two/${i}`), { mode: i === 7 ? '600' : '644' }));

    const made = await host.act([group('0001', folders), group('0002', files)], undefined, { run: 'r1' });

    expect(made.results.map(({ exitCode }) => exitCode)).toEqual(Array.from({ length: 202 }, () => 0));
    expect(calls()).toBe(2);
    const tree = readTree(root);
    const content = Buffer.from('new\n').toString('base64');
    expect(tree['one/two']).toBe('directory 700 0:0');
    expect(tree['one/two/7']).toBe(`file 600 0:0 ${content}`);
    expect(tree['one/two/199']).toBe(`file 644 0:0 ${content}`);
  });

  test('are done one by one where there is no perl that can', async () => {
    const { host, folder: root } = hostWithPerl(shell, broken);

    await host.act([group('0001', [file(join(root, '1')), file(join(root, '2'))])], undefined, { run: 'r1' });

    expect(readFileSync(join(root, '2'), 'utf8')).toBe('new\n');
  });

  test('that are cut off in the midst are gone on with', async () => {
    // One step and a part of the next, then an end without a word.
    const cut = 'e=$2;shift 3;exec /usr/bin/perl -e "$e" -- "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8"';
    const { host, folder: root } = hostWithPerl(shell, cut);
    const files = ['1', '2', '3'].map((name) => file(join(root, name)));

    const made = await host.act([group('0001', files)], undefined, { run: 'r1' });

    expect(made.results.map(({ id, exitCode }) => [id, exitCode])).toEqual([
      ['0001.0', 0],
      ['0001.1', 0],
      ['0001.2', 0],
    ]);
    expect(readFileSync(join(root, '3'), 'utf8')).toBe('new\n');
  });

  test('leave the same as one by one, whatever they are, and can be taken back', { timeout: 60_000 }, async () => {
    const hosts = [hostWithPerl(shell, real), hostWithPerl(shell, broken)] as const;
    let number = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.uniqueArray(anySketch, { minLength: 2, maxLength: 5, selector: ({ name }) => name }),
        async (sketches) => {
          const run = `r${++number}`;
          const done = [];
          for (const { host, folder: root } of hosts) {
            plantTree(root);
            const before = readTree(root);
            const ops = sketches.map(({ name, isFile, ...rights }) =>
              (isFile ? file : folder)(join(root, name), rights),
            );
            const { results } = await host.act([group('0001', ops)], undefined, { run });
            const after = readTree(root);
            await host.undo(run, undefined, {});
            expect(readTree(root)).toEqual(before);
            done.push({ after, results: results.map(({ id, exitCode }) => `${id} ${exitCode}`) });
          }
          expect(done[0]).toEqual(done[1]);
        },
      ),
      { numRuns: 25 },
    );
  });
});
