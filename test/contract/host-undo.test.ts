import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Op } from '../../src/base/op.ts';
import { sh } from '../../src/base/sh.ts';
import { makeBatch } from '../../src/run/make-batch.ts';
import { type Cut, makeCutter } from '../helpers/cut.ts';
import { anyOp, group, hostWithTree, plantTree, shells, text } from '../helpers/host-tree.ts';
import type { LocalHost } from '../helpers/local-host.ts';
import { readTree } from '../helpers/tree.ts';

let runs = 0;

/** Acts as the engine does: independent ops together, the others one after the other. */
async function act({ host }: LocalHost, ops: readonly Op[]): Promise<string> {
  const run = `r${runs++}`;
  const items = ops.map((op) => ({ steps: [{ say: op.kind, do: op }], reads: [], stopAfter: false }));
  const { groups } = makeBatch(items, () => host.groups.next(undefined));
  await host.act(groups, undefined, { run }).catch(() => undefined);
  return run;
}

const anyCut: fc.Arbitrary<Cut> = fc.record({
  at: fc.nat(60),
  when: fc.constantFrom('before', 'after', 'within'),
});

describe.each([
  ['on the same file system', undefined],
  ['on another file system', '/dev/shm'],
])('with the undo log %s', (_title, stateIn) => {
  const setUp = () => {
    const cutter = makeCutter();
    return { cutter, made: hostWithTree(undefined, { env: cutter.env, ...(stateIn !== undefined && { stateIn }) }) };
  };

  test.each([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11])(
    'a batch that is killed before its program %i leaves nothing beside what it was to write',
    async (at) => {
      const { cutter, made } = setUp();
      const before = readTree(made.folder);
      const write = (name: string): Op => ({ kind: 'file', path: join(made.folder, name), content: text('new\n') });

      const run = await cutter.cut({ at, when: 'before' }, () => act(made, [write('new'), write('a')]));
      await made.host.undo(run, undefined, {});

      expect(readTree(made.folder)).toEqual(before);
    },
  );

  test('a batch that is killed at any point can be taken back', async () => {
    const { cutter, made } = setUp();
    const before = readTree(made.folder);
    await fc.assert(
      fc.asyncProperty(fc.array(anyOp(made.folder), { minLength: 1, maxLength: 3 }), anyCut, async (ops, cut) => {
        plantTree(made.folder);
        const run = await cutter.cut(cut, () => act(made, ops));

        const undone = await made.host.undo(run, undefined, {});

        // Killed at once, it has written nothing, and done nothing.
        const good = new Set(['undone', 'same', 'missing']);
        expect(undone.filter(({ result }) => !good.has(result))).toEqual([]);
        expect(readTree(made.folder)).toEqual(before);
      }),
      { numRuns: 25 },
    );
  }, 120_000);

  test('a rollback that is killed at any point can be gone on with', async () => {
    const { cutter, made } = setUp();
    const before = readTree(made.folder);
    await fc.assert(
      fc.asyncProperty(fc.array(anyOp(made.folder), { minLength: 1, maxLength: 3 }), anyCut, async (ops, cut) => {
        plantTree(made.folder);
        const run = await act(made, ops);
        await cutter.cut(cut, () => made.host.undo(run, undefined, {}).catch(() => undefined));

        const undone = await made.host.undo(run, undefined, {});

        expect(undone.filter(({ result }) => result !== 'undone' && result !== 'same')).toEqual([]);
        expect(readTree(made.folder)).toEqual(before);
      }),
      { numRuns: 25 },
    );
  }, 120_000);
});

describe.each(shells)('taking back with %s', (_name, shell) => {
  test('what a command did in a folder that it had saved', async () => {
    const made = hostWithTree(shell);
    const before = readTree(made.folder);
    const full = join(made.folder, 'full');
    const run = await act(made, [
      { kind: 'exec', command: sh`echo more >>${full}/x; rm -r ${full}/deep`, saves: [full] },
    ]);

    expect(await made.host.undo(run, undefined, {})).toMatchObject([{ result: 'undone' }]);
    expect(readTree(made.folder)).toEqual(before);
  });

  test('a folder that a command made, with all that is in it', async () => {
    const made = hostWithTree(shell);
    const before = readTree(made.folder);
    const clone = join(made.folder, 'clone');
    const run = await act(made, [
      { kind: 'exec', command: sh`mkdir -p ${clone}/.git; echo x >${clone}/x`, saves: [clone] },
    ]);

    expect(await made.host.undo(run, undefined, {})).toMatchObject([{ result: 'undone' }]);
    expect(readTree(made.folder)).toEqual(before);
  });

  test('a folder that we made, but not what others put into it', async () => {
    const made = hostWithTree(shell);
    const folder = join(made.folder, 'new');
    const run = await act(made, [{ kind: 'directory', path: folder }]);
    writeFileSync(join(folder, 'theirs'), 'theirs');

    expect(await made.host.undo(run, undefined, {})).toMatchObject([
      { result: 'undone', say: expect.stringContaining('kept') },
    ]);
    expect(readFileSync(join(folder, 'theirs'), 'utf8')).toBe('theirs');
  });

  test('a command that never ran takes nothing back', async () => {
    const made = hostWithTree(shell);
    const full = join(made.folder, 'full');
    const run = await act(made, [
      { kind: 'exec', command: sh`exit 1` },
      { kind: 'exec', command: sh`rm -rf ${full}`, saves: [full] },
    ]);
    writeFileSync(join(full, 'theirs'), 'theirs');

    await made.host.undo(run, undefined, {});
    expect(readFileSync(join(full, 'theirs'), 'utf8')).toBe('theirs');
  });

  test('rights below a folder, whatever the names are', async () => {
    const made = hostWithTree(shell);
    const full = join(made.folder, 'full');
    for (const name of [' x', 'x ', '*', '-n', '$HOME', "it's", 'ä']) writeFileSync(join(full, name), name);
    chmodSync(join(full, 'x '), 0o600);
    const before = readTree(made.folder);
    const run = await act(made, [{ kind: 'attributes', path: full, mode: '755', recursive: true }]);
    expect(readTree(made.folder)['full/x ']).toContain('file 755');

    await made.host.undo(run, undefined, {});
    expect(readTree(made.folder)).toEqual(before);
  });

  test.each([false, true])(
    'bits of a folder that chmod leaves alone when it is told three digits (recursive: %s)',
    async (recursive) => {
      const made = hostWithTree(shell);
      const path = join(made.folder, 'full');
      const before = readTree(made.folder);
      const rights: Op = recursive
        ? { kind: 'attributes', path, mode: '2755', recursive }
        : { kind: 'directory', path, mode: '2755' };

      const run = await act(made, [rights]);
      expect(statSync(path).mode & 0o7777).toBe(0o2755);
      await made.host.undo(run, undefined, {});

      expect(readTree(made.folder)).toEqual(before);
    },
  );

  test('never what a name with lines in it says', async () => {
    const made = hostWithTree(shell);
    const [full, victim] = [join(made.folder, 'full'), join(made.folder, 'a')];
    // Folders whose names, one below the other, read: evil, then on a line of its own 4755 0:0 /tmp/.../a
    mkdirSync(join(full, 'evil\n4755 0:0 ', victim.slice(1)), { recursive: true });
    const { results } = await made.host
      .act([group('0001', [{ kind: 'attributes', path: full, mode: '700', recursive: true }])], undefined, { run: 'r' })
      .catch((error: unknown) => ({ results: [], error }));
    await made.host.undo('r', undefined, {});

    expect(results).toEqual([]);
    expect(statSync(victim).mode & 0o7777).toBe(0o640);
  });
});

describe.each(shells)('acting with %s', (_name, shell) => {
  test('an undo program that was cut off while it was written is written again; before that, nothing was done', async () => {
    const { host, folder, state } = hostWithTree(shell);
    const before = readTree(folder);
    mkdirSync(join(state, 'runs/r'), { recursive: true });
    writeFileSync(join(state, 'runs/r/undo'), '#!/bin/sh\nif [ -n "$');

    expect(await host.undo('r', undefined, {})).toMatchObject([{ result: 'missing' }]);
    await host.act([group('0001', [{ kind: 'remove', path: join(folder, 'a') }])], undefined, { run: 'r' });
    expect(await host.undo('r', undefined, {})).toMatchObject([{ result: 'undone' }]);

    expect(readTree(folder)).toEqual(before);
  });

  test('a group whose undo was cut off while it was written has done nothing, and is not taken back', async () => {
    const { host, folder, state } = hostWithTree(shell);
    const before = readTree(folder);
    await host.act([group('0001', [{ kind: 'remove', path: join(folder, 'a') }])], undefined, { run: 'r' });
    const log = readFileSync(join(state, 'runs/r/0001.undo'), 'utf8');
    writeFileSync(join(state, 'runs/r/0002.undo'), log.replaceAll('0001', '0002').slice(0, -10));

    const undone = await host.undo('r', undefined, {});

    expect(undone.map(({ step, result }) => [step, result])).toEqual([['0001.0', 'undone']]);
    expect(readTree(folder)).toEqual(before);
  });

  test.each([
    ['the undo', '0001.undo'],
    ['what was there before', '0001.before'],
    ['what is to be run again', '0001.0.again'],
  ])('does nothing when %s cannot be written', async (_what, file) => {
    const { host, folder, state } = hostWithTree(shell);
    const before = readTree(folder);
    // The run's folder is there already, and its disk is full.
    await host.act([group('0000', [{ kind: 'attributes', path: join(folder, 'a') }])], undefined, { run: 'r' });
    symlinkSync('/dev/full', join(state, 'runs/r', file));
    const step = { say: 'remove', do: { kind: 'remove', path: join(folder, 'a') }, againAfterUndo: true } as const;

    await expect(host.act([group('0001', [step])], undefined, { run: 'r' })).rejects.toThrow(
      'the undo log cannot be written on the host; nothing was changed',
    );

    expect(readTree(folder)).toEqual(before);
    rmSync(join(state, 'runs/r', file));
  });

  test('keeps what makes a program run as its owner, and gives it only with the owner', async () => {
    const { host, folder } = hostWithTree(shell);
    const [kept, made, deep] = [join(folder, 'kept'), join(folder, 'made'), join(folder, 'full/x')];
    writeFileSync(kept, 'old');
    chmodSync(kept, 0o4711);
    await host.act(
      [
        group('0001', [
          { kind: 'file', path: kept, content: text('new') },
          { kind: 'file', path: made, content: text('new'), mode: '4755', owner: '0', group: '0' },
          { kind: 'attributes', path: join(folder, 'full'), mode: '4750', owner: '0', recursive: true },
        ]),
      ],
      undefined,
      { run: 'r' },
    );

    expect([kept, made, deep].map((path) => (statSync(path).mode & 0o7777).toString(8))).toEqual([
      '4711',
      '4755',
      '4750',
    ]);
  });

  test('checks a file whose name is hard to write before it is used', async () => {
    const { host, folder } = hostWithTree(shell);
    const path = join(folder, "$& $$ it's %s");
    const check = (line: string): Op => ({
      kind: 'file',
      path,
      content: text('new'),
      validate: sh.raw(`grep -q ${line} %s`),
    });

    const good = await host.act([group('0001', [check('new')])], undefined, { run: 'r' });
    const bad = await host.act([group('0002', [check('old')])], undefined, { run: 'r' });

    expect([...good.results, ...bad.results].map(({ exitCode }) => exitCode)).toEqual([0, 1]);
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  test('a step that kills all there is of us is the one that failed; the ones before it are done', async () => {
    const { host, folder } = hostWithTree(shell);
    const { results } = await host.act(
      [
        group('0001', [
          { kind: 'remove', path: join(folder, 'a') },
          { kind: 'exec', command: sh`kill -9 0` },
        ]),
      ],
      undefined,
      { run: 'r' },
    );

    expect(results).toMatchObject([{ exitCode: 0 }, { exitCode: 137 }]);
    expect(await host.undo('r', undefined, {})).toMatchObject([{ result: 'undone' }]);
    expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('old a\n');
  });
});
