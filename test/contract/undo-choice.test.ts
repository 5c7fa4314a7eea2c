import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { describe, expect, test } from 'vitest';

import type { Op, Step } from '../../src/base/op.ts';
import { sh } from '../../src/base/sh.ts';
import { type Cut, makeCutter } from '../helpers/cut.ts';
import { group, hostWithTree, plantTree, shells, text } from '../helpers/host-tree.ts';
import type { LocalHost } from '../helpers/local-host.ts';
import { readTree } from '../helpers/tree.ts';

const write = (path: string, content: string): Op => ({ kind: 'file', path, content: text(content) });
const exec = (command: ReturnType<typeof sh>): Op => ({ kind: 'exec', command });

/** Three groups that stand on one another in part, with everything an undo can do: `full` and `a` are touched twice. */
async function change({ host, folder }: LocalHost, run: string, guard?: string): Promise<void> {
  const at = (name: string): string => join(folder, name);
  const restart: Step = {
    say: 'restart',
    do: exec(sh`cat ${at('a')} >>${at('restarts')}`),
    againAfterUndo: true,
    needsNoUndo: true,
  };
  await host.act(
    [
      group('0001', [write(at('a'), 'one'), { kind: 'remove', path: at('full') }]),
      group('0002', [
        { kind: 'directory', path: at('full') },
        { say: 'count', do: exec(sh`echo + >>${at('count')}`), undo: exec(sh`rm -f ${at('count')}`) },
      ]),
      group('0003', [
        write(at('full/new'), 'new'),
        {
          say: 'write a',
          do: write(at('a'), 'two'),
          ...(guard !== undefined && { undoGuard: { kind: 'exec', command: sh.raw(guard) } }),
        },
        restart,
      ]),
    ],
    undefined,
    { run },
  );
}

const stepsOf = (undone: readonly { step: string; result: string }[]) =>
  undone.map(({ step, result }) => `${step} ${result}`);

describe.each(shells)('taking back a part with %s', (_name, shell) => {
  test('leaves the rest, which can be taken back later', async () => {
    const made = hostWithTree(shell);
    const before = readTree(made.folder);
    await change(made, 'r1');

    const part = await made.host.undo('r1', undefined, { only: ['0003.1', '0003.2'] });
    expect(stepsOf(part)).toEqual(['0003.1 undone', '0003.2 undone']);
    expect(readFileSync(join(made.folder, 'a'), 'utf8')).toBe('one');
    expect(readFileSync(join(made.folder, 'restarts'), 'utf8')).toBe('twoone');
    expect(await made.host.undo('r1', undefined, { only: ['0003.1'] })).toEqual([]);

    const rest = await made.host.undo('r1', undefined, {});
    expect(stepsOf(rest)).toEqual([
      '0003.0 undone',
      '0002.1 undone',
      '0002.0 undone',
      '0001.1 undone',
      '0001.0 undone',
      '0003.2 undone',
    ]);
    expect(readTree(made.folder)).toEqual({ ...before, restarts: expect.anything() });
    expect(stepsOf(await made.host.undo('r1', undefined, {}))).toEqual([]);
  });

  test.each([
    ['the same path', '0001.0', '0003.1'],
    ['something below it', '0002.0', '0003.0'],
    ['something above it', '0001.1', '0003.0'],
  ])('is refused when a later step that stays stands on %s', async (_what, chosen, later) => {
    const made = hostWithTree(shell);
    await change(made, 'r1');
    const changed = readTree(made.folder);

    const undone = await made.host.undo('r1', undefined, { only: [chosen, '0002.1'] });
    expect(undone).toMatchObject([{ step: chosen, result: 'blocked', blockedBy: later }]);
    expect(readTree(made.folder)).toEqual(changed);
  });

  test('leaves a folder to the rest in which there is something, also of a step whose mark a power cut took', async () => {
    const made = hostWithTree(shell);
    const before = readTree(made.folder);
    const at = (name: string): string => join(made.folder, name);
    const make: Op = { kind: 'directory', path: at('made') };
    await made.host.act([group('0001', [make]), group('0002', [write(at('made/new'), 'new')])], undefined, {
      run: 'r1',
    });
    for (const mark of ['begun', 'rc']) rmSync(join(made.state, 'runs/r1', `0002.0.${mark}`));

    expect(stepsOf(await made.host.undo('r1', undefined, { only: ['0001.0'] }))).toEqual(['0001.0 same']);

    expect(stepsOf(await made.host.undo('r1', undefined, {}))).toEqual(['0002.0 undone', '0001.0 undone']);
    expect(readTree(made.folder)).toEqual(before);
  });

  test('says what is not restarted', async () => {
    const made = hostWithTree(shell);
    await change(made, 'r1');

    expect(stepsOf(await made.host.undo('r1', undefined, { only: ['0003.1'] }))).toEqual([
      '0003.1 undone',
      '0003.2 left',
    ]);
    expect(readFileSync(join(made.folder, 'restarts'), 'utf8')).toBe('two');
  });

  test('by the number of a group', async () => {
    const made = hostWithTree(shell);
    await change(made, 'r1');

    expect(stepsOf(await made.host.undo('r1', undefined, { only: ['0003'] }))).toEqual([
      '0003.1 undone',
      '0003.0 undone',
      '0003.2 undone',
    ]);
    expect(existsSync(join(made.folder, 'full/new'))).toBe(false);
  });
});

describe.each(shells)('looking at what a rollback would do with %s', (_name, shell) => {
  test('changes nothing, on the host and in its log', async () => {
    const made = hostWithTree(shell);
    await change(made, 'r1');
    writeFileSync(join(made.folder, 'full/new'), 'theirs');
    const trees = () => [readTree(made.folder), readTree(join(made.state, 'runs'))];
    const changed = trees();

    expect(stepsOf(await made.host.undo('r1', undefined, { check: true }))).toEqual([
      '0003.1 planned',
      '0003.0 conflict',
      '0002.1 planned',
      '0002.0 planned',
      '0001.1 planned',
      '0001.0 planned',
      '0003.2 planned',
    ]);
    expect(trees()).toEqual(changed);
  });

  test('shows what somebody has changed', async () => {
    const made = hostWithTree(shell);
    const path = join(made.folder, 'a');
    await made.host.act([group('0001', [write(path, 'ours')])], undefined, { run: 'r1' });
    writeFileSync(path, 'theirs; and more\n');

    const [undone] = await made.host.undo('r1', undefined, { check: true });
    expect(undone?.conflict?.content?.toString()).toBe('theirs; and more\n');
    expect(undone?.conflict?.left).toContain(path);
    expect(undone?.conflict?.now).not.toBe(undone?.conflict?.left);
  });
});

describe.each(shells)('a guard with %s', (_name, shell) => {
  test('that does not hold leaves all as it is, and says why', async () => {
    const made = hostWithTree(shell);
    await change(made, 'r1', 'echo "pods; still run"; exit 1');
    const changed = readTree(made.folder);

    expect(await made.host.undo('r1', undefined, {})).toMatchObject([
      { step: '0003.1', result: 'refused', say: 'pods; still run' },
    ]);
    expect(readTree(made.folder)).toEqual(changed);
    expect(stepsOf(await made.host.undo('r1', undefined, { only: ['0003.0'] }))).toEqual([
      '0003.0 undone',
      '0003.2 left',
    ]);
    expect(stepsOf(await made.host.undo('r1', undefined, { force: true }))).toContain('0003.1 undone');
  });

  test('that holds is not in the way', async () => {
    const made = hostWithTree(shell);
    await change(made, 'r1', 'echo fine');

    expect((await made.host.undo('r1', undefined, {})).every(({ result }) => result === 'undone')).toBe(true);
  });

  test('of a step that never ran is not asked', async () => {
    const made = hostWithTree(shell);
    const path = join(made.folder, 'a');
    await made.host.act(
      [
        group('0001', [
          exec(sh`false`),
          { say: 'write', do: write(path, 'x'), undoGuard: { kind: 'exec', command: sh`false` } },
        ]),
      ],
      undefined,
      { run: 'r1' },
    );

    expect((await made.host.undo('r1', undefined, {})).map(({ result }) => result)).not.toContain('refused');
  });
});

/** What the undo prints that lies on the host. */
function byHand({ state }: LocalHost, env: NodeJS.ProcessEnv = {}): string {
  try {
    return execFileSync('sh', [join(state, 'runs/r1/undo')], { env: { ...process.env, ...env }, encoding: 'utf8' });
  } catch (error) {
    return error instanceof Error && 'stdout' in error ? String(error.stdout) : '';
  }
}

describe('by hand', () => {
  test('a part, a look, and all of it', async () => {
    const made = hostWithTree();
    const before = readTree(made.folder);
    await change(made, 'r1');

    expect(byHand(made, { ONLY: '0001.0' })).toBe(
      'FAILED  0001.0  take back: file 0: step 0003.1, which came later, stands on it and is not taken back\n',
    );
    expect(byHand(made, { CHECK: '1', ONLY: '0003.0' })).toBe('would be undone  0003.0  take back: file 0\n');
    expect(byHand(made, { ONLY: '0003.1' })).toBe(
      'undone  0003.1  take back: write a\nLEFT OUT  0003.2  again, restart\n',
    );
    expect(byHand(made)).toContain('undone  0003.2  again, restart\n');
    expect(readTree(made.folder)).toEqual({ ...before, restarts: expect.anything() });
  });

  test('says where to find what was there before when somebody has changed it since', async () => {
    const made = hostWithTree();
    await change(made, 'r1');
    writeFileSync(join(made.folder, 'a'), 'theirs');

    expect(byHand(made)).toContain(
      `somebody changed ${join(made.folder, 'a')} since (what was there before the run: ${made.state}/runs/r1/0003.1.bak); not touched`,
    );
  });
});

const kinds: Cut['when'][] = ['before', 'after', 'within'];

/** Cuts an undo at each program that it starts, one after the other, until it comes to its end uncut. */
async function cutEverywhere(
  undo: (made: LocalHost, at: number) => Promise<unknown>,
  check: (made: LocalHost) => void,
): Promise<number> {
  const cutter = makeCutter();
  const made = hostWithTree(undefined, { env: cutter.env });
  for (let at = 0; ; at++) {
    const run = `r${at}`;
    plantTree(made.folder);
    await change(made, run);
    let ended = false;
    const when = kinds[at % kinds.length] ?? 'before';
    await cutter.cut({ at, when }, () =>
      made.host
        .undo(run, undefined, {})
        .then(() => (ended = true))
        .catch(() => undefined),
    );
    if (ended) return at;
    await undo(made, at);
    check(made);
  }
}

test('an undo that was cut at whichever program is gone on with, by another rollback or by hand', async () => {
  const before = readTree(hostWithTree().folder);

  const cuts = await cutEverywhere(
    async ({ host, state }, at) => {
      // Each program is met before, after and within its work as the numbers go by; every other one is gone on with by hand.
      if (at % 2 === 1) return execFileSync('sh', [join(state, `runs/r${at}/undo`)], { encoding: 'utf8' });
      const undone = await host.undo(`r${at}`, undefined, {});
      expect(undone.filter(({ result }) => result !== 'undone' && result !== 'same')).toEqual([]);
      return undone;
    },
    ({ folder }) => {
      const { restarts, ...tree } = readTree(folder);
      expect(restarts).toBeDefined();
      expect(tree).toEqual(before);
    },
  );

  expect(cuts).toBeGreaterThan(30);
}, 240_000);
