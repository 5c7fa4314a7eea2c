import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import * as fc from 'fast-check';
import { afterEach, describe, expect, test } from 'vitest';

import { Deferred } from '../../src/base/deferred.ts';
import type { Op, Step } from '../../src/base/op.ts';
import { sh } from '../../src/base/sh.ts';
import type { ActGroup } from '../../src/host/act-script.ts';
import { guardText, makeGuard, type Answered } from '../../src/host/guard.ts';
import { Host } from '../../src/host/host.ts';
import type { Query } from '../../src/host/query.ts';
import { readLibrary } from '../../src/host/read-library.ts';
import { renderGuard } from '../../src/host/read-script.ts';
import { localHost } from '../helpers/local-host.ts';
import { spawnTransport } from '../helpers/spawn-transport.ts';
import { readTree } from '../helpers/tree.ts';

const shells: [name: string, shell: [string, ...string[]]][] = [
  ['dash', ['dash', '-c']],
  ['bash', ['bash', '-c']],
  ['busybox ash', ['busybox', 'sh', '-c']],
];

const open: Host[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((host) => host.close()));
});

function setUp(shell?: [string, ...string[]]) {
  const made = localHost(shell);
  open.push(made.host);
  writeFileSync(join(made.folder, 'a'), 'old a\n');
  chmodSync(join(made.folder, 'a'), 0o640);
  symlinkSync('a', join(made.folder, 'link'));
  mkdirSync(join(made.folder, 'full'));
  writeFileSync(join(made.folder, 'full/x'), 'x');
  writeFileSync(join(made.folder, 'we ird\\q'), 'q');
  return made;
}

function group(id: string, ops: readonly (Op | Step)[], guarded: readonly Answered[] = []): ActGroup {
  const steps = ops.map((op, i) => ({
    id: `${id}.${i}`,
    step: 'kind' in op ? { say: `${op.kind} ${i}`, do: op } : op,
  }));
  return { id, guard: makeGuard(guarded), steps };
}

async function ask(host: Host, queries: readonly Query[]): Promise<Answered[]> {
  const answers = await host.read(queries, undefined);
  return answers.map((answer, i) => ({ answer, query: queries[i] ?? { kind: 'facts' } }));
}

const text = (content: string) => ({ from: 'text', text: content }) as const;

describe.each(shells)('a host with %s', (_name, shell) => {
  test('answers every kind of question in one round trip', async () => {
    const { host, folder } = setUp(shell);
    await host.open(undefined);
    const before = host.roundTrips;

    const answers = await host.read(
      [
        { kind: 'path', path: join(folder, 'a'), want: 'content' },
        { kind: 'path', path: join(folder, 'none') },
        { kind: 'path', path: join(folder, 'link') },
        { kind: 'path', path: join(folder, 'link'), follow: true, want: 'sum' },
        { kind: 'path', path: join(folder, 'we ird\\q'), want: 'sum' },
        { kind: 'tree', path: join(folder, 'full') },
        { kind: 'account', database: 'passwd', name: 'root' },
        { kind: 'account', database: 'group', name: 'no-such-group' },
        { kind: 'probe', command: sh`echo out; echo err >&2; exit 3` },
      ],
      undefined,
    );

    expect(host.roundTrips - before).toBe(1);
    expect(answers).toMatchObject([
      { state: { type: 'file', mode: '640', owner: 'root', sizeBytes: 6, content: Buffer.from('old a\n') } },
      { state: { type: 'absent' } },
      { state: { type: 'link', target: 'a' } },
      { state: { type: 'file', sha256: 'c8518d7e574626e44644fb5dd1348aec70ed95b22336992a981336f5a0c69be3' } },
      { state: { type: 'file', sha256: '8e35c2cd3bf6641bdb0e2050b76932cbb2e6034a0ddacc1d9bea82a6ba57f7cf' } },
      { entries: [{ type: 'directory' }, { type: 'file', path: join(folder, 'full/x') }] },
      { user: { uid: 0, home: '/root' } },
      { raw: '' },
      { result: { exitCode: 3, stdout: 'out\n', stderr: 'err\n' } },
    ]);
  });

  test('prints for a guard exactly what the controller expects', async () => {
    const { host, folder } = setUp(shell);
    const answered = await ask(host, [
      { kind: 'path', path: join(folder, 'a'), want: 'sum' },
      { kind: 'path', path: join(folder, 'none'), want: 'sum' },
      { kind: 'path', path: join(folder, 'link') },
      { kind: 'path', path: join(folder, 'link'), follow: true, want: 'sum' },
      { kind: 'path', path: join(folder, 'we ird\\q'), want: 'sum' },
      { kind: 'path', path: '/dev/null' },
      { kind: 'tree', path: folder, want: 'sum' },
      { kind: 'unit', unit: 'ssh.service' },
      { kind: 'package', manager: 'apt', name: 'no-such-package' },
      { kind: 'package', manager: 'apt', name: 'bash' },
      { kind: 'account', database: 'passwd', name: 'root' },
      { kind: 'account', database: 'group', name: 'daemon' },
      { kind: 'probe', command: sh`echo out; echo err >&2; exit 3` },
      { kind: 'probe', command: sh`date +%N`, unguarded: true },
    ]);

    const script = `K=${folder}/.. G=1 L= F=\n${readLibrary}\n${renderGuard(makeGuard(answered)?.queries ?? [], 'END')}`;
    const [program, ...words] = shell;
    const printed = spawnSync(program, [...words, script], { encoding: 'utf8' }).stdout;

    expect(printed).toBe(guardText(answered));
  });

  test('acts in order and takes everything back, byte for byte', async () => {
    const { host, folder } = setUp(shell);
    const before = readTree(folder);
    const undone = join(folder, '..', 'undone');

    const { results } = await host.act(
      [
        group('0001', [
          { kind: 'file', path: join(folder, 'a'), content: text('new a\n') },
          { kind: 'file', path: join(folder, 'program'), content: text('#!/bin/sh\n'), mode: '4755' },
          { kind: 'directory', path: join(folder, 'made'), mode: '700' },
          { kind: 'file', path: join(folder, 'made/empty'), content: text(''), mode: '600' },
          { kind: 'link', path: join(folder, 'link'), target: 'full' },
          { kind: 'remove', path: join(folder, 'full') },
          { kind: 'attributes', path: join(folder, 'we ird\\q'), mode: '000' },
          {
            say: 'run a command; or two',
            do: { kind: 'exec', command: sh`echo ${"it's"}; echo err >&2` },
            undo: { kind: 'exec', command: sh`echo undone >${undone}` },
          },
        ]),
      ],
      undefined,
      { run: 'r1' },
    );

    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
    expect(results.at(-1)).toMatchObject({ stdout: "it's\n", stderr: 'err\n' });
    expect(readTree(folder)).toMatchObject({
      a: `file 640 0:0 ${Buffer.from('new a\n').toString('base64')}`,
      program: expect.stringContaining('file 4755'),
      'made/empty': 'file 600 0:0 ',
      link: 'link 0:0 full',
      'we ird\\q': expect.stringContaining('file 0 '),
    });
    expect(existsSync(join(folder, 'full'))).toBe(false);

    const steps = await host.undo('r1', undefined, {});
    expect(steps.map(({ result }) => result)).toEqual(Array(8).fill('undone'));
    expect(steps[0]?.say).toBe('take back: run a command; or two');
    expect(readTree(folder)).toEqual(before);
    expect(readFileSync(undone, 'utf8')).toBe('undone\n');
    expect(await host.undo('r1', undefined, {})).toEqual([]);
  });

  test('does nothing of a group whose guard does not hold any more', async () => {
    const { host, folder } = setUp(shell);
    const path = join(folder, 'a');
    const answered = await ask(host, [{ kind: 'path', path, want: 'sum' }]);
    writeFileSync(path, 'somebody was here\n');

    const outcome = await host.act([group('0001', [{ kind: 'remove', path }], answered)], undefined, { run: 'r1' });

    expect(outcome).toEqual({ results: [], changedGroup: 0 });
    expect(readFileSync(path, 'utf8')).toBe('somebody was here\n');
  });

  test('stops behind the first step that fails, and the undo knows how far it came', async () => {
    const { host, folder } = setUp(shell);
    const before = readTree(folder);

    const { results } = await host.act(
      [
        group('0001', [
          { kind: 'file', path: join(folder, 'a'), content: text('new\n') },
          { kind: 'file', path: join(folder, 'no/such/folder'), content: text('lost\n') },
          { kind: 'remove', path: join(folder, 'link') },
        ]),
      ],
      undefined,
      { run: 'r1' },
    );

    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 1]);
    expect(results[1]?.stderr).toContain('no such directory');
    await host.undo('r1', undefined, {});
    expect(readTree(folder)).toEqual(before);
  });

  test('leaves alone what somebody changed since, unless forced', async () => {
    const { host, folder } = setUp(shell);
    const path = join(folder, 'a');
    await host.act([group('0001', [{ kind: 'file', path, content: text('ours\n') }])], undefined, { run: 'r1' });
    writeFileSync(path, 'theirs\n');

    expect(await host.undo('r1', undefined, {})).toMatchObject([{ result: 'conflict' }]);
    expect(readFileSync(path, 'utf8')).toBe('theirs\n');

    expect(await host.undo('r1', undefined, { force: true })).toMatchObject([{ result: 'undone' }]);
    expect(readFileSync(path, 'utf8')).toBe('old a\n');
  });

  test('the undo works without k3sbox', async () => {
    const { host, folder, state } = setUp(shell);
    const before = readTree(folder);
    await host.act([group('0001', [{ kind: 'remove', path: join(folder, 'full') }])], undefined, { run: 'r1' });

    const said = execFileSync('/bin/sh', [join(state, 'runs/r1/undo')], { encoding: 'utf8' });

    expect(said).toBe('undone  0001.0  take back: remove 0\n');
    expect(readTree(folder)).toEqual(before);
  });

  test('runs once more, after the undo, what has to be run again: each once', async () => {
    const { host, folder } = setUp(shell);
    const log = join(folder, '..', 'log');
    const restart: Step = {
      say: 'restart',
      do: { kind: 'exec', command: sh`cat ${join(folder, 'a')} >>${log}` },
      needsNoUndo: true,
      againAfterUndo: true,
    };
    await host.act(
      [group('0001', [{ kind: 'file', path: join(folder, 'a'), content: text('new\n') }, restart])],
      undefined,
      { run: 'r1' },
    );
    await host.act([group('0002', [restart])], undefined, { run: 'r1' });

    await host.undo('r1', undefined, {});

    expect(readFileSync(log, 'utf8')).toBe('new\nnew\nold a\n');
  });

  test('a step that takes too long is ended with its children, and is the one that failed', async () => {
    const { host, folder } = setUp(shell);
    const mark = join(folder, 'alive');
    const slow: Op = { kind: 'exec', command: sh`(sleep 4711; touch ${mark}) & sleep 4711`, timeoutMs: 300 };

    const { results } = await host.act(
      [group('0001', [slow, { kind: 'remove', path: join(folder, 'a') }])],
      undefined,
      { run: 'r1' },
    );

    expect(results).toMatchObject([{ exitCode: 124, timedOut: true }]);
    expect(existsSync(join(folder, 'a'))).toBe(true);
    expect(spawnSync('pgrep', ['-f', 'sleep 4711'], { encoding: 'utf8' }).stdout).toBe('');
  });

  test('an undo first ends what still runs behind a connection that nobody has any more', async () => {
    const { host, folder } = setUp(shell);
    const before = readTree(folder);
    const second = again(host);
    const begun = new Deferred();
    const batch = host.act(
      [
        group('0001', [
          { kind: 'remove', path: join(folder, 'a') },
          { kind: 'exec', command: sh`sleep 4713` },
        ]),
      ],
      undefined,
      { run: 'r1', onBegin: (step) => step === '0001.1' && begun.resolve() },
    );
    await begun.promise;

    expect(await second.undo('r1', undefined, {})).toMatchObject([{ result: 'undone' }]);

    expect(readTree(folder)).toEqual(before);
    expect((await batch).results).toMatchObject([{ exitCode: 0 }, { exitCode: 143 }]);
    expect(spawnSync('pgrep', ['-f', 'sleep 4713'], { encoding: 'utf8' }).stdout).toBe('');
  });

  test('what a step leaves running does not keep the session from ending', async () => {
    const { host, folder } = setUp(shell);
    const daemon: Op = { kind: 'exec', command: sh`sleep 4712 & echo $! >${join(folder, 'pid')}` };

    await host.act([group('0001', [daemon])], undefined, { run: 'r1' });
    await host.close();

    expect(process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')))).toBe(true);
  });

  test('the lock is for one run at a time', async () => {
    const { host, folder, state } = setUp(shell);
    host.lockFor({ run: 'r1', owner: 'ana@laptop', started: '2026-11-22T10:00:00Z' });
    await host.read([], undefined);
    const second = again(host);
    second.lockFor({ run: 'r2', owner: 'ben@laptop', started: '2026-11-22T10:00:01Z' });

    await expect(second.read([], undefined)).rejects.toThrow(
      'n1 takes part in another run: ana@laptop, run r1 since 2026-11-22T10:00:00Z',
    );

    await host.unlock('r1');
    await second.read([], undefined);
    expect(readFileSync(join(state, 'lock/owner'), 'utf8')).toContain('run=r2');
    expect(existsSync(folder)).toBe(true);
  });
});

test('a step that shrugs signals off has ended only when all of it has', async () => {
  const { host, folder } = setUp();
  const mark = join(folder, 'mark');
  const stubborn: Op = {
    kind: 'exec',
    command: sh`trap : TERM; for i in 1 2 3 4 5 6 7 8 9; do sleep 1; touch ${mark}; done`,
    timeoutMs: 300,
  };

  const { results } = await host.act([group('0001', [stubborn])], undefined, { run: 'r1' });

  expect(results).toMatchObject([{ exitCode: 124, timedOut: true }]);
  expect(existsSync(mark)).toBe(true);
  rmSync(mark);
  await sleep(1500);
  expect(existsSync(mark)).toBe(false);
});

/** A connection of its own to the same host. */
function again(host: Host): Host {
  const second = new Host(host.connection, () => Promise.resolve(spawnTransport()), new AbortController().signal);
  open.push(second);
  return second;
}

const names = ['a', 'link', 'full', 'full/x', 'new', 'new/below', 'we ird\\q'] as const;
const anyOp = (folder: string): fc.Arbitrary<Op> => {
  const path = fc.constantFrom(...names).map((name) => join(folder, name));
  const mode = fc.constantFrom('600', '644', '755');
  return fc.oneof(
    fc.record({
      kind: fc.constant('file' as const),
      path,
      content: fc.string({ unit: 'binary', maxLength: 20 }).map(text),
      mode,
    }),
    fc.record({ kind: fc.constant('directory' as const), path, mode }),
    fc.record({ kind: fc.constant('link' as const), path, target: fc.constantFrom('a', '/etc', 'nowhere') }),
    fc.record({ kind: fc.constant('remove' as const), path }),
    fc.record({ kind: fc.constant('attributes' as const), path, mode, recursive: fc.constant(true as const) }),
    path.map((saved) => ({ kind: 'exec', command: sh`rm -rf ${saved}; echo x >${saved}`, saves: [saved] }) as const),
  );
};

test('whatever was done, however far it came: taking it back is as if it had never been', async () => {
  const { host, folder } = setUp();
  const before = readTree(folder);
  let run = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anyOp(folder), { minLength: 1, maxLength: 6 }), async (ops) => {
      const name = `p${run++}`;
      // One op a group: a batch never changes a path twice in one group.
      const groups = ops.map((op, i) => group(String(i + 1).padStart(4, '0'), [op]));
      await host.act(groups, undefined, { run: name });

      const undone = await host.undo(name, undefined, {});

      expect(undone.filter(({ result }) => result !== 'undone' && result !== 'same')).toEqual([]);
      expect(readTree(folder)).toEqual(before);
    }),
    { numRuns: 40 },
  );
}, 60_000);
