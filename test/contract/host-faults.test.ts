import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { group, hostWithTree, shells, text } from '../helpers/host-tree.ts';
import { readTree } from '../helpers/tree.ts';

/* What `npm run faults` has found: each case was a loss once. */

describe.each(shells)('with %s', (_name, shell) => {
  test('a folder stays to be taken back as long as a file in it could not be', async () => {
    const { host, folder } = hostWithTree(shell);
    const before = readTree(folder);
    const [made, file] = [join(folder, 'new'), join(folder, 'new/file')];
    await host.act([group('0001', [{ kind: 'directory', path: made }])], undefined, { run: 'r' });
    await host.act([group('0002', [{ kind: 'file', path: file, content: text('ours') }])], undefined, { run: 'r' });
    writeFileSync(file, 'theirs');

    const first = await host.undo('r', undefined, {});
    const second = await host.undo('r', undefined, { force: true });

    expect(first).toMatchObject([
      { result: 'conflict' },
      { result: 'failed', say: expect.stringContaining('not empty yet') },
    ]);
    expect(second).toMatchObject([{ result: 'undone' }, { result: 'undone' }]);
    expect(readTree(folder)).toEqual(before);
  });

  test('a step whose mark cannot be written is not done, and what came before it can be taken back', async () => {
    const { host, folder, state } = hostWithTree(shell);
    const before = readTree(folder);
    const [a, b] = [join(folder, 'a'), join(folder, 'full')];
    await host.act([group('0000', [{ kind: 'attributes', path: a }])], undefined, { run: 'r' });
    mkdirSync(join(state, 'runs/r/0001.1.begun'));

    const acted = host.act(
      [
        group('0001', [
          { kind: 'remove', path: a },
          { kind: 'remove', path: b },
        ]),
      ],
      undefined,
      { run: 'r' },
    );

    await expect(acted).rejects.toThrow('the undo log cannot be written on the host; what came next was not begun');
    const { a: _, ...others } = before;
    expect(readTree(folder)).toEqual(others);
    rmSync(join(state, 'runs/r/0001.1.begun'), { recursive: true });
    await host.undo('r', undefined, {});
    expect(readTree(folder)).toEqual(before);
  });

  test('what a run left beside a file when it was cut off is gone when it goes on', async () => {
    const { host, folder } = hostWithTree(shell);
    for (const name of ['.k3sbox.r.0001.2', '.k3sbox.r.for-n2.0001.2', '.k3sbox.other.0001.2']) {
      writeFileSync(join(folder, name), 'half');
    }

    await host.act([group('0002', [{ kind: 'file', path: join(folder, 'a'), content: text('new') }])], undefined, {
      run: 'r',
    });

    const left = Object.keys(readTree(folder)).filter((name) => name.startsWith('.k3sbox'));
    expect(left).toEqual(['.k3sbox.other.0001.2', '.k3sbox.r.for-n2.0001.2']);
  });

  test('a step whose mark a power cut took is known to stand until it is taken back', async () => {
    const { host, folder, state } = hostWithTree(shell);
    await host.act([group('0001', [{ kind: 'remove', path: join(folder, 'a') }])], undefined, { run: 'r' });
    rmSync(join(state, 'runs/r/0001.0.begun'));

    const cut = await host.records('r', undefined, {});
    await host.undo('r', undefined, {});

    expect(cut).toMatchObject([{ step: '0001.0', begun: false, exitCode: undefined }]);
    expect(await host.records('r', undefined, {})).toEqual([]);
  });

  test('a look at what would be taken back does not make it look taken back', async () => {
    const { host, folder } = hostWithTree(shell);
    const before = readTree(folder);
    await host.act([group('0001', [{ kind: 'remove', path: join(folder, 'a') }])], undefined, { run: 'r' });

    const looked = await host.undo('r', undefined, { check: true });
    await host.undo('r', undefined, {});

    expect(looked).toMatchObject([{ result: 'planned' }]);
    expect(readTree(folder)).toEqual(before);
  });
});
