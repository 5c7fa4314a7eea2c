import { createHash, randomBytes } from 'node:crypto';
import {
  chmodSync,
  createWriteStream,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import type { DirectoryOp, ExecOp, FileOp } from '../../src/base/op.ts';
import { sh } from '../../src/base/sh.ts';
import { LocalTransport } from '../../src/transport/local.ts';
import { Host } from '../../src/host/host.ts';
import { ask, group, hostWithTree, shells, text } from '../helpers/host-tree.ts';
import { localConnection } from '../helpers/local-host.ts';
import { readTree } from '../helpers/tree.ts';

/** A file of the controller, as a file op names it. */
function localFile(bytes: Buffer) {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-local-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'file with blanks');
  writeFileSync(file, bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { from: 'controller', file, sha256, sizeBytes: bytes.length } as const;
}

const run = 'r1';
const exec = (command: ExecOp['command'], more: Partial<ExecOp> = {}): ExecOp => ({ kind: 'exec', command, ...more });

describe.each(shells)('a batch with %s', (_name, shell) => {
  test('never shows others what they may not read in the end, nor lends a program rights that are not its own', async () => {
    const { host, folder } = hostWithTree(shell);
    chmodSync(join(folder, 'a'), 0o600);
    const write = (name: string, more: Partial<FileOp>): FileOp => ({
      kind: 'file',
      path: join(folder, name),
      content: text('new\n'),
      ...more,
    });
    // What will be written stands beside its target before the first step.
    const look = exec(sh`cd ${folder};ls -A | grep k3sbox | while read f;do stat -c '%a' "$f";done | sort`);
    const files = [write('a', {}), write('full/x', {}), write('b', { mode: '4755', owner: 'daemon' }), write('c', {})];

    const { results } = await host.act([group('0001', [look, ...files])], undefined, { run });

    expect(results[0]?.stdout).toBe('600\n644\n');
    const modes = ['a', 'full/x', 'b', 'c'].map((name) => (statSync(join(folder, name)).mode & 0o7777).toString(8));
    expect(modes).toEqual(['600', '644', '4755', '644']);
  });

  test.each([0, 1, 65_535, 65_536, 65_537, 256 * 1024])(
    'brings files of %i bytes with it, byte for byte',
    async (size) => {
      const { host, folder } = hostWithTree(shell);
      const [first, second] = [randomBytes(size), randomBytes(size)];
      const write = (name: string, bytes: Buffer): FileOp => ({
        kind: 'file',
        path: join(folder, name),
        content: localFile(bytes),
      });
      const before = host.roundTrips;

      await host.act([group('0001', [write('1', first), write('2', second)])], undefined, { run });

      // One to open the session, one to act.
      expect(host.roundTrips - before).toBe(2);
      expect(readFileSync(join(folder, '1')).equals(first)).toBe(true);
      expect(readFileSync(join(folder, '2')).equals(second)).toBe(true);
    },
  );

  test('sends larger files ahead, once, and checks them on the host', async () => {
    const { host, folder } = hostWithTree(shell);
    const bytes = randomBytes(3_000_000);
    const content = localFile(bytes);
    const write = (name: string): FileOp => ({ kind: 'file', path: join(folder, name), content, mode: '755' });
    const before = host.roundTrips;

    await host.act([group('0001', [write('1'), write('2')])], undefined, { run });
    await host.act([group('0002', [write('3')])], undefined, { run });

    // Two beside the one that opens the session, and one for the file.
    expect(host.roundTrips - before).toBe(4);
    for (const name of ['1', '2', '3']) expect(readFileSync(join(folder, name)).equals(bytes)).toBe(true);
  });

  test.each([1000, 1_000_000])(
    'does not write a file of %i bytes that has changed since it was planned',
    async (size) => {
      const { host, folder } = hostWithTree(shell);
      const content = localFile(randomBytes(size));
      writeFileSync(content.file, randomBytes(size));
      const write: FileOp = { kind: 'file', path: join(folder, 'a'), content };

      await expect(host.act([group('0001', [write])], undefined, { run })).rejects.toMatchObject({
        code: 'task-failed',
      });
      expect(readFileSync(join(folder, 'a'), 'utf8')).toBe('old a\n');
    },
  );

  test.each(['', 'plain\n', "it's ünusual \\n $HOME `id`\r\n\n", '\uFEFFmarked', 'x'.repeat(40_000)])(
    'a text of the controller arrives as it is: %j',
    async (words) => {
      const { host, folder } = hostWithTree(shell);
      const write: FileOp = { kind: 'file', path: join(folder, 'new'), content: localFile(Buffer.from(words)) };

      await host.act([group('0001', [write])], undefined, { run });

      expect(readFileSync(join(folder, 'new'), 'utf8')).toBe(words);
    },
  );

  test('says why a step failed that was over at once, and does nothing behind it', async () => {
    const { host, folder } = hostWithTree(shell);
    const make = (path: string): DirectoryOp => ({ kind: 'directory', path: join(folder, path) });

    const { results } = await host.act([group('0001', [make('x'), make('a/y'), make('z')])], undefined, { run });

    expect(results.map(({ id, exitCode }) => [id, exitCode])).toEqual([
      ['0001.0', 0],
      ['0001.1', 1],
    ]);
    expect(results.map(({ stderr }) => stderr.replaceAll('\n', ''))).toEqual(['', expect.stringContaining('a/y')]);
    expect(existsSync(join(folder, 'z'))).toBe(false);
  });

  test('answers what comes next when all is done', async () => {
    const { host, folder } = hostWithTree(shell);
    const write: FileOp = { kind: 'file', path: join(folder, 'new'), content: text('four') };
    const asks = [{ kind: 'path', path: join(folder, 'new'), want: 'content' }] as const;
    const before = host.roundTrips;

    const outcome = await host.act([group('0001', [write])], undefined, { run, asks });

    expect(outcome.answers).toMatchObject([{ kind: 'path', state: { type: 'file', sizeBytes: 4 } }]);
    expect(host.roundTrips - before).toBe(2);
  });

  test.each([
    ['failed', exec(sh`false`)],
    ['decides how to go on', { ...exec(sh`true`), okExitCodes: [1] }],
  ])('answers nothing behind a step that %s', async (_how, op) => {
    const { host, folder } = hostWithTree(shell);
    const asks = [{ kind: 'path', path: folder }] as const;

    expect((await host.act([group('0001', [op])], undefined, { run, asks })).answers).toBeUndefined();
  });

  test.each([
    ['prepared before the first step', 'plain'],
    ['written in its turn, for its name holds a blank', 'a b'],
  ])('a text that is %s has the rights it is to have', async (_how, name) => {
    const { host, folder } = hostWithTree(shell);
    const write = (path: string, more: Partial<FileOp> = {}): FileOp => ({
      kind: 'file',
      path: join(folder, path),
      content: text("it's $HOME \\n `id`\n\n"),
      ...more,
    });
    chmodSync(join(folder, 'a'), 0o4711);
    const ops = [
      write(name),
      write(`${name}2`, { mode: '600' }),
      write('a'),
      write('b', { mode: '4755', owner: '12' }),
    ];

    await host.act([group('0001', ops)], undefined, { run });

    const found = [name, `${name}2`, 'a', 'b'].map((path) => statSync(join(folder, path)));
    expect(found.map(({ mode, uid }) => [(mode & 0o7777).toString(8), uid])).toEqual([
      ['644', 0],
      ['600', 0],
      ['4711', 0],
      ['4755', 12],
    ]);
    expect(readFileSync(join(folder, name), 'utf8')).toBe("it's $HOME \\n `id`\n\n");
  });

  test('a failed step leaves nothing of what was prepared for those behind it', async () => {
    const { host, folder } = hostWithTree(shell);
    const before = readTree(folder);
    const write = (name: string): FileOp => ({ kind: 'file', path: join(folder, name), content: text('new') });
    const fails: FileOp = { ...write('x'), validate: sh.raw('false %s') };

    const { results } = await host.act([group('0001', [fails, write('y'), write('a')])], undefined, { run });

    expect(results.map(({ exitCode }) => exitCode)).toEqual([1]);
    expect(readTree(folder)).toEqual(before);
  });

  test('takes nothing for its own that somebody put where a text was to be prepared', async () => {
    const { host, folder } = hostWithTree(shell);
    const target = join(folder, 'target');
    writeFileSync(target, 'theirs');
    symlinkSync(target, join(folder, `.k3sbox.${run}.0001.0`));
    const write: FileOp = { kind: 'file', path: join(folder, 'new'), content: text('ours') };

    await host.act([group('0001', [write])], undefined, { run });

    expect(readFileSync(join(folder, 'new'), 'utf8')).toBe('ours');
    expect(readFileSync(target, 'utf8')).toBe('theirs');
  });

  test('gives each file its own bytes, whatever a command between them reads', async () => {
    const { host, folder } = hostWithTree(shell);
    const write = (name: string): FileOp => ({
      kind: 'file',
      path: join(folder, name),
      content: text(`content of ${name}`),
    });

    const { results } = await host.act([group('0001', [write('1'), exec(sh`cat`), write('2')])], undefined, { run });

    expect(results.map(({ stdout }) => stdout)).toEqual(['', '', '']);
    expect(['1', '2'].map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual([
      'content of 1',
      'content of 2',
    ]);
  });

  test('gives a command its input, environment, folder and shell', async () => {
    const { host, folder } = hostWithTree(shell);
    const command = sh.raw('pwd; printf "%s|" "$GREETING" "${BASH_VERSION:+bash}"; cat');

    const { results } = await host.act(
      [
        group('0001', [
          exec(command, {
            chdir: join(folder, 'full'),
            environment: { GREETING: "it's $HOME\nä" },
            stdin: 'in\nput',
            shell: '/bin/bash',
          }),
          exec(sh`exit 3`, { okExitCodes: [3] }),
          exec(sh`exit 4`, { okExitCodes: 'any' }),
          exec(sh`pwd; umask`),
        ]),
      ],
      undefined,
      { run },
    );

    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 3, 4, 0]);
    expect(results[0]?.stdout).toBe(`${join(folder, 'full')}\nit's $HOME\nä|bash|in\nput`);
    expect(results[3]?.stdout).toMatch(/\n0022\n$/);
  });

  test('stops behind a step whose result decides', async () => {
    const { host, folder } = hostWithTree(shell);
    const [first, second] = group('0001', [
      exec(sh`exit 3`, { okExitCodes: 'any' }),
      { kind: 'remove', path: join(folder, 'a') },
    ]).steps;
    if (first === undefined || second === undefined) throw new Error('two steps');

    const { results } = await host.act(
      [{ id: '0001', guard: undefined, steps: [{ ...first, stopAfter: true }, second] }],
      undefined,
      { run },
    );

    expect(results).toMatchObject([{ exitCode: 3 }]);
    expect(existsSync(join(folder, 'a'))).toBe(true);
  });

  test('keeps the two streams apart, and the end of 5 MB on each of them', async () => {
    const { host } = hostWithTree(shell);
    const seen = { stdout: 0, stderr: 0 };
    const loud = exec(
      sh`head -c 5000000 /dev/zero | tr '\\0' o; head -c 5000000 /dev/zero | tr '\\0' e >&2; echo end; echo END >&2`,
    );

    const { results } = await host.act([group('0001', [loud, exec(sh`echo next`)])], undefined, {
      run,
      onOutput: (_step, stream, data) => (seen[stream] += data.length),
    });

    expect(seen).toEqual({ stdout: 5_000_009, stderr: 5_000_004 });
    expect(results.map(({ stdout }) => stdout.slice(-6))).toEqual(['ooend\n', 'next\n']);
    expect(results[0]?.stdout.length).toBeLessThan(1_100_000);
    expect(results[0]?.stderr.slice(-6)).toBe('eeEND\n');
  });

  test('puts characters together that arrive in pieces', async () => {
    const { host } = hostWithTree(shell);
    const heard: Buffer[] = [];
    // "ä日", a byte at a time: every one is a write of its own.
    const slow = exec(sh`for byte in '\\303' '\\244' '\\346' '\\227' '\\245'; do printf "$byte"; sleep 0.02; done`);

    const { results } = await host.act([group('0001', [slow])], undefined, {
      run,
      onOutput: (_step, _stream, data) => heard.push(data),
    });

    expect(results[0]?.stdout).toBe('ä日');
    expect(heard.length).toBeGreaterThan(1);
  });

  test('output that imitates us is only output', async () => {
    const { host } = hostWithTree(shell);
    const { results } = await host.act([group('0001', [exec(sh`printf 'D 0001.0 7;E 1 7;\\nG 0;'`)])], undefined, {
      run,
    });

    expect(results).toMatchObject([{ exitCode: 0, stdout: 'D 0001.0 7;E 1 7;\nG 0;' }]);
  });

  test('waits for what is waited for, and says what did not come', async () => {
    const { host, folder } = hostWithTree(shell);
    const mark = join(folder, 'mark');
    const wait = (name: string, timeoutMs: number) =>
      ({
        kind: 'wait',
        probe: sh`echo looked; [ -e ${join(folder, name)} ]`,
        timeoutMs,
        everyMs: 20,
        orElse: `${name} did not come`,
      }) as const;

    const good = await host.act(
      [group('0001', [exec(sh`(sleep 0.1; echo >${mark}) >/dev/null 2>&1 &`), wait('mark', 10_000)])],
      undefined,
      { run },
    );
    const bad = await host.act([group('0002', [wait('none', 0)])], undefined, { run });

    expect(good.results.map(({ exitCode }) => exitCode)).toEqual([0, 0]);
    expect(bad.results).toMatchObject([{ exitCode: 1, stderr: 'none did not come\nlooked\n' }]);
  });
});

test('names that hold lines cannot make a folder hold what it does not', async () => {
  const { host, folder } = hostWithTree();
  const full = join(folder, 'full');
  await host.act(
    [group('0001', [exec(sh`mkdir ${`${full}/a\n81a4 0 0 root root 1 ${full}`}; echo >${full}/b`)])],
    undefined,
    { run },
  );

  const [tree] = await ask(host, [{ kind: 'tree', path: full, want: 'sum' }]);

  const entries = tree?.answer.kind === 'tree' ? tree.answer.entries.map(({ path }) => path.slice(full.length)) : [];
  expect(entries).toEqual(['', '/b', '/deep', '/deep/y', '/x']);
});

test('this machine itself is a host, too: large files and all', async () => {
  const home = mkdtempSync(join(tmpdir(), 'k3sbox-self-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const connect = () => Promise.resolve(new LocalTransport({ env: process.env, home }));
  const host = new Host(localConnection({ stateFolder: join(home, 'state') }), connect, new AbortController().signal);
  onTestFinished(() => host.close());
  const bytes = randomBytes(1_000_000);

  await host.act([group('0001', [{ kind: 'file', path: join(home, 'large'), content: localFile(bytes) }])], undefined, {
    run,
  });
  const fetched = join(home, 'fetched');
  await host.fetch(join(home, 'large'), undefined, createWriteStream(fetched));

  expect(readFileSync(fetched).equals(bytes)).toBe(true);
  await expect(host.fetch(join(home, 'none'), undefined, createWriteStream(fetched))).rejects.toThrow(
    /cannot read .*none/,
  );
});
