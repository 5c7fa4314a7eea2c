import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import { group, hostWithTree, shells, text } from '../helpers/host-tree.ts';
import type { LocalHost } from '../helpers/local-host.ts';

/** `20261101-000000-aaaa`, by its day. */
const runOf = (day: number): string => `202611${String(day).padStart(2, '0')}-000000-aaaa`;

interface Leavings {
  readonly isFinished?: boolean;
  readonly files?: readonly string[];
}

/** A run's folder as it lies on the host. */
function leave({ state }: LocalHost, name: string, { isFinished = true, files = ['0001.undo'] }: Leavings = {}): void {
  const folder = join(state, 'runs', name);
  mkdirSync(join(folder, 'jobs/0001.0'), { recursive: true });
  for (const file of [...files, ...(isFinished ? ['finished'] : [])]) writeFileSync(join(folder, file), '');
}

const left = ({ state }: LocalHost): string[] => readdirSync(join(state, 'runs')).toSorted();

describe.each(shells)('with %s', (_name, shell) => {
  test('the newest runs stay, with what was delegated in them', async () => {
    const made = hostWithTree(shell);
    for (const day of [1, 2, 3, 4]) leave(made, runOf(day));
    leave(made, `${runOf(3)}.for-n2`);
    leave(made, `${runOf(2)}.for-n2`);

    expect(await made.host.prune(undefined, 2, false)).toEqual({
      removed: [`${runOf(2)}.for-n2`, runOf(2), runOf(1)],
      kept: [],
    });
    expect(left(made)).toEqual([runOf(3), `${runOf(3)}.for-n2`, runOf(4)]);
  });

  test.each<[title: string, leavings: Leavings]>([
    ['did not come to its end, and has something to take back', { isFinished: false }],
    ['has a command in the background', { files: ['jobs/0001.0/pid'] }],
    ['has a dead-man switch', { files: ['deadman.1.armed'] }],
  ])('a run that %s stays unless forced', async (_title, leavings) => {
    const made = hostWithTree(shell);
    leave(made, runOf(1), leavings);
    leave(made, runOf(2));

    expect(await made.host.prune(undefined, 1, false)).toEqual({ removed: [], kept: [runOf(1)] });
    expect(await made.host.prune(undefined, 1, true)).toEqual({ removed: [runOf(1)], kept: [] });
  });

  test('one that was cut off and has been taken back goes', async () => {
    const made = hostWithTree(shell);
    leave(made, runOf(1), { isFinished: false, files: ['0001.undo.done'] });

    expect(await made.host.prune(undefined, 0, false)).toEqual({ removed: [runOf(1)], kept: [] });
  });

  test('the run that holds the lock stays, even when forced; what is no run is left alone', async () => {
    const made = hostWithTree(shell);
    leave(made, runOf(1));
    leave(made, 'notes');
    made.host.lockFor({ run: runOf(1), owner: 'ana@laptop', started: '2026-11-22T10:00:00Z' });
    await made.host.read([], undefined);

    expect(await made.host.prune(undefined, 0, true)).toEqual({ removed: [], kept: [runOf(1)] });
    expect(left(made)).toEqual([runOf(1), 'notes']);
  });

  test('a run that ends well keeps its own log and removes what is too old, in the round trip that frees the lock', async () => {
    const made = hostWithTree(shell);
    for (const day of [1, 2, 3]) leave(made, runOf(day));
    const run = runOf(9);
    made.host.lockFor({ run, owner: 'ana@laptop', started: '2026-11-22T10:00:00Z' });
    await made.host.read([], undefined);
    const path = join(made.folder, 'a');
    await made.host.act([group('0001', [{ kind: 'file', path, content: text('x') }])], undefined, { run });
    mkdirSync(join(made.state, 'runs', run, 'stage'));
    writeFileSync(join(made.state, 'runs', run, 'stage/large'), 'x');

    await made.host.leave({ run, finished: [run, `${run}.for-n2`], keep: 2 });

    expect(left(made)).toEqual([runOf(3), run]);
    expect(existsSync(join(made.state, 'lock'))).toBe(false);
    expect(existsSync(join(made.state, 'runs', run, 'stage'))).toBe(false);
    expect(await made.host.undo(run, undefined, {})).toMatchObject([{ result: 'undone' }]);
  });
});

test('a host that was never worked on has nothing to remove', async () => {
  const made = hostWithTree();
  rmSync(made.state, { recursive: true, force: true });

  expect(await made.host.prune(undefined, 0, true)).toEqual({ removed: [], kept: [] });
});
