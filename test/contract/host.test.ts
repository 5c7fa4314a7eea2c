import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, onTestFinished, test } from 'vitest';

import { Deferred } from '../../src/base/deferred.ts';
import { sha256Hex } from '../../src/base/digest.ts';
import type { Op, Step } from '../../src/base/op.ts';
import { sh } from '../../src/base/sh.ts';
import { guardText, makeGuard } from '../../src/host/guard.ts';
import { Host } from '../../src/host/host.ts';
import { readLibrary } from '../../src/host/read-library.ts';
import { renderGuard } from '../../src/host/read-script.ts';
import { ask, group, hostWithTree, shells, text } from '../helpers/host-tree.ts';
import { spawnTransport } from '../helpers/spawn-transport.ts';
import { readTree } from '../helpers/tree.ts';

/** Longer than any test, and nobody else's. */
const long = `4711.${process.pid}`;

/** The processes that sleep so long. */
const sleeping = (): string => spawnSync('pgrep', ['-f', `sleep ${long}`], { encoding: 'utf8' }).stdout;

describe.each(shells)('a host with %s', (_name, shell) => {
  test('answers every kind of question in one round trip', async () => {
    const { host, folder } = hostWithTree(shell);
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
      { entries: ['', '/deep', '/deep/y', '/x'].map((name) => ({ path: join(folder, `full${name}`) })) },
      { user: { uid: 0, home: '/root' } },
      { raw: '' },
      { result: { exitCode: 3, stdout: 'out\n', stderr: 'err\n' } },
    ]);
  });

  test('prints for a guard exactly what the controller expects', async () => {
    const { host, folder } = hostWithTree(shell);
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

  test.each([
    ['some', 3],
    ['many', 300],
  ])('tells the files among %s paths, whatever their names', async (_what, count) => {
    const { host, folder } = hostWithTree(shell);
    const names = Array.from({ length: count }, (_, i) => `${i} a\\b`);
    for (const name of names) writeFileSync(join(folder, name), name);
    const others = ['full', 'link', 'none', 'we ird\\q'];

    const answered = await ask(
      host,
      [...others, ...names].map((name) => ({ kind: 'path', path: join(folder, name), want: 'sum' })),
    );

    const sums = answered.map(({ answer }) => (answer.kind === 'path' ? answer.state.sha256 : ''));
    expect(sums.slice(0, 4)).toEqual([undefined, undefined, undefined, sha256Hex('q')]);
    expect(sums.slice(4)).toEqual(names.map((name) => sha256Hex(name)));
    const script = `K=${folder}/.. G=1 L= F=\n${readLibrary}\n${renderGuard(makeGuard(answered)?.queries ?? [], 'END')}`;
    const [program, ...words] = shell;
    expect(spawnSync(program, [...words, script], { encoding: 'utf8' }).stdout).toBe(guardText(answered));
  });

  test('acts in order and takes everything back, byte for byte', async () => {
    const { host, folder } = hostWithTree(shell);
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
    const { host, folder } = hostWithTree(shell);
    const path = join(folder, 'a');
    const answered = await ask(host, [{ kind: 'path', path, want: 'sum' }]);
    writeFileSync(path, 'somebody was here\n');

    const outcome = await host.act([group('0001', [{ kind: 'remove', path }], answered)], undefined, { run: 'r1' });

    expect(outcome).toEqual({ results: [], changedGroup: 0 });
    expect(readFileSync(path, 'utf8')).toBe('somebody was here\n');
  });

  test('stops behind the first step that fails, and the undo knows how far it came', async () => {
    const { host, folder } = hostWithTree(shell);
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
    const { host, folder } = hostWithTree(shell);
    const path = join(folder, 'a');
    await host.act([group('0001', [{ kind: 'file', path, content: text('ours\n') }])], undefined, { run: 'r1' });
    writeFileSync(path, 'theirs\n');

    expect(await host.undo('r1', undefined, {})).toMatchObject([{ result: 'conflict' }]);
    expect(readFileSync(path, 'utf8')).toBe('theirs\n');

    expect(await host.undo('r1', undefined, { force: true })).toMatchObject([{ result: 'undone' }]);
    expect(readFileSync(path, 'utf8')).toBe('old a\n');
  });

  test('the undo works without k3sbox', async () => {
    const { host, folder, state } = hostWithTree(shell);
    const before = readTree(folder);
    await host.act([group('0001', [{ kind: 'remove', path: join(folder, 'full') }])], undefined, { run: 'r1' });

    const said = execFileSync('/bin/sh', [join(state, 'runs/r1/undo')], { encoding: 'utf8' });

    expect(said).toBe('undone  0001.0  take back: remove 0\n');
    expect(readTree(folder)).toEqual(before);
  });

  test('runs once more, after the undo, what has to be run again: each once', async () => {
    const { host, folder } = hostWithTree(shell);
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
    const { host, folder } = hostWithTree(shell);
    const mark = join(folder, 'alive');
    const slow: Op = { kind: 'exec', command: sh`(sleep ${long}; touch ${mark}) & sleep ${long}`, timeoutMs: 300 };

    const { results } = await host.act(
      [group('0001', [slow, { kind: 'remove', path: join(folder, 'a') }])],
      undefined,
      { run: 'r1' },
    );

    expect(results).toMatchObject([{ exitCode: 124, timedOut: true }]);
    expect(existsSync(join(folder, 'a'))).toBe(true);
    expect(sleeping()).toBe('');
  });

  test('an undo first ends what still runs behind a connection that nobody has any more', async () => {
    const { host, folder } = hostWithTree(shell);
    const before = readTree(folder);
    const second = again(host);
    const begun = new Deferred();
    const batch = host.act(
      [
        group('0001', [
          { kind: 'remove', path: join(folder, 'a') },
          { kind: 'exec', command: sh`sleep ${long}` },
        ]),
      ],
      undefined,
      { run: 'r1', onBegin: (step) => step === '0001.1' && begun.resolve() },
    );
    await begun.promise;

    expect(await second.undo('r1', undefined, {})).toMatchObject([{ result: 'undone' }]);

    expect(readTree(folder)).toEqual(before);
    expect((await batch).results).toMatchObject([{ exitCode: 0 }, { exitCode: 143 }]);
    expect(sleeping()).toBe('');
  });

  test('what a step leaves running does not keep the session from ending', async () => {
    const { host, folder } = hostWithTree(shell);
    const daemon: Op = { kind: 'exec', command: sh`sleep ${long} & echo $! >${join(folder, 'pid')}` };

    await host.act([group('0001', [daemon])], undefined, { run: 'r1' });
    await host.close();

    expect(process.kill(Number(readFileSync(join(folder, 'pid'), 'utf8')))).toBe(true);
  });
});

test('a step that shrugs signals off has ended only when all of it has', async () => {
  const { host, folder } = hostWithTree();
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
  onTestFinished(() => second.close());
  return second;
}
