import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { describe, expect, onTestFinished, test, vi } from 'vitest';

import { LockedError } from '../../src/base/errors.ts';
import { sh } from '../../src/base/sh.ts';
import { Host } from '../../src/host/host.ts';
import { group, shells } from '../helpers/host-tree.ts';
import { localHost, type LocalHost, type LocalHostOptions } from '../helpers/local-host.ts';
import { spawnTransport } from '../helpers/spawn-transport.ts';

function setUp(shell?: [string, ...string[]], options?: LocalHostOptions): LocalHost {
  const made = localHost(shell, options);
  onTestFinished(async () => {
    await made.host.close();
    rmSync(dirname(made.folder), { recursive: true, force: true });
  });
  return made;
}

/** Somebody else's way to the same host. */
function another({ connection }: Host, run: string): Host {
  const host = new Host(connection, () => Promise.resolve(spawnTransport()), new AbortController().signal);
  onTestFinished(() => host.close());
  lockFor(host, run);
  return host;
}

function lockFor(host: Host, run: string): void {
  host.lockFor({ run, owner: `${run}@laptop`, started: '2026-11-22T10:00:00Z' });
}

const ownerIn = (state: string): string =>
  /^run=(.*)$/m.exec(readFileSync(join(state, 'lock/owner'), 'utf8'))?.[1] ?? '';

/** The lock as a run leaves it that stopped some time ago. */
function leaveLock(state: string, run: string, secondsAgo: number): void {
  mkdirSync(join(state, 'lock'), { recursive: true });
  writeFileSync(join(state, 'lock/owner'), `run=${run}\nowner=ana@laptop\nstarted=2026-11-22T10:00:00Z\n`);
  writeFileSync(join(state, 'lock/beat'), '');
  setAge(join(state, 'lock/beat'), secondsAgo);
}

function setAge(path: string, secondsAgo: number): void {
  const then = Date.now() / 1000 - secondsAgo;
  utimesSync(path, then, then);
}

describe.each(shells)('the lock with %s', (_name, shell) => {
  test('is for one run at a time', async () => {
    const { host, state } = setUp(shell);
    lockFor(host, 'r1');
    const second = another(host, 'r2');
    await host.read([], undefined);

    await expect(second.read([], undefined)).rejects.toThrow('n1 takes part in another run: r1@laptop, run r1');
    expect(ownerIn(state)).toBe('r1');

    await host.leave({ run: 'r1', finished: [] });
    await second.read([], undefined);
    expect(ownerIn(state)).toBe('r2');
  });

  test('is taken anew when the run comes back to a host that it is just letting go of', async () => {
    const { host, state } = setUp(shell);
    lockFor(host, 'r1');
    await host.read([], undefined);

    const closed = host.leave({ run: 'r1', finished: [] });
    await host.read([], undefined);
    await closed;
    expect(ownerIn(state)).toBe('r1');
  });

  test('is taken before an act that asks nothing', async () => {
    const { host, state, folder } = setUp(shell);
    const second = another(host, 'r2');
    lockFor(host, 'r1');
    const touch = { kind: 'exec', command: sh`touch ${join(folder, 'touched')}` } as const;

    await host.act([group('0001', [touch])], undefined, { run: 'r1' });
    expect(ownerIn(state)).toBe('r1');
    await expect(second.act([group('0001', [touch])], undefined, { run: 'r2' })).rejects.toThrow(LockedError);
  });

  test('of a host that is only asked is not taken before it acts, and is asked for at every question from then on', async () => {
    const { host, state, folder } = setUp(shell);
    const second = another(host, 'r2');
    host.lockFor({ run: 'r1', owner: 'r1@laptop', started: '2026-11-22T10:00:00Z' }, true);
    await second.read([], undefined);
    const touch = { kind: 'exec', command: sh`touch ${join(folder, 'touched')}` } as const;

    await host.read([{ kind: 'path', path: folder }], undefined);
    await expect(host.act([group('0001', [touch])], undefined, { run: 'r1' })).rejects.toThrow(LockedError);
    expect(ownerIn(state)).toBe('r2');

    await second.leave({ run: 'r2', finished: [] });
    await host.act([group('0001', [touch])], undefined, { run: 'r1' });
    expect(ownerIn(state)).toBe('r1');
  });

  test('is taken again by the run that has it: to resume, or to roll back', async () => {
    const { host, state } = setUp(shell);
    leaveLock(state, 'r1', 3600);
    lockFor(host, 'r1');

    await host.read([], undefined);
    expect(Date.now() / 1000 - statSync(join(state, 'lock/beat')).mtimeMs / 1000).toBeLessThan(10);
  });

  test('of a run that has stopped with nothing to take back is taken over', async () => {
    const { host, state } = setUp(shell);
    leaveLock(state, 'r1', 31);
    lockFor(host, 'r2');

    await host.read([], undefined);
    expect(ownerIn(state)).toBe('r2');
  });

  test('of a run that was alive a moment ago is not', async () => {
    const { host, state } = setUp(shell);
    leaveLock(state, 'r1', 20);
    lockFor(host, 'r2');

    await expect(host.read([], undefined)).rejects.toThrow('n1 takes part in another run');
    expect(ownerIn(state)).toBe('r1');
  });

  test('of a run that has stopped with something to take back says what to do', async () => {
    const { host, state } = setUp(shell);
    leaveLock(state, 'r1', 3600);
    mkdirSync(join(state, 'runs/r1'), { recursive: true });
    writeFileSync(join(state, 'runs/r1/0001.undo'), '');
    lockFor(host, 'r2');

    const error: unknown = await host.read([], undefined).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LockedError);
    expect(error).toMatchObject({
      message: expect.stringMatching(/^n1 is locked by a run that has stopped 36\d\d s ago: ana@laptop, run r1/),
      hint: expect.stringContaining('`k3sbox rollback r1`'),
    });
    expect(ownerIn(state)).toBe('r1');
  });

  test("that is just being made is nobody else's, and is when it stays like that", async () => {
    const { host, state } = setUp(shell);
    mkdirSync(join(state, 'lock'), { recursive: true });
    lockFor(host, 'r2');
    await expect(host.read([], undefined)).rejects.toThrow('takes part in another run: unknown');

    setAge(join(state, 'lock'), 60);
    await host.read([], undefined);
    expect(ownerIn(state)).toBe('r2');
  });

  test('is only freed by its own run, or by force', async () => {
    const { host, state } = setUp(shell);
    lockFor(host, 'r1');
    await host.read([], undefined);
    rmSync(join(state, 'lock'), { recursive: true });
    leaveLock(state, 'r2', 0);
    await host.leave({ run: 'r1', finished: [] });
    expect(ownerIn(state)).toBe('r2');

    expect(await host.breakLock(undefined)).toContain('run=r2');
    expect(existsSync(join(state, 'lock'))).toBe(false);
    expect(await host.breakLock(undefined)).toBeUndefined();
  });
});

test.runIf(process.getuid?.() === 0)('a lock that cannot be freed is told (needs root)', async () => {
  const nobody = 65_534;
  const { host, state } = setUp(['setpriv', `--reuid=${nobody}`, '--clear-groups', 'sh', '-c']);
  chownSync(dirname(state), nobody, nobody);
  lockFor(host, 'r1');
  await host.read([], undefined);
  chownSync(state, 0, 0);

  expect(await host.leave({ run: 'r1', finished: [] })).toEqual([undefined]);

  chownSync(state, nobody, nobody);
  await host.read([], undefined);
  expect(await host.leave({ run: 'r1', finished: [] })).toEqual([]);
  expect(existsSync(join(state, 'lock'))).toBe(false);
});

test('a lock that cannot be made is told as what it is', async () => {
  const { host, state } = setUp();
  writeFileSync(state, 'in the way');
  lockFor(host, 'r1');

  await expect(host.read([], undefined)).rejects.toThrow(/cannot read the state of the host \(exit code 1\): mkdir: /);
});

test('a stale lock is taken over by one of many', async () => {
  const { host, state } = setUp();
  const others = Array.from({ length: 8 }, (_, i) => another(host, `r${i}`));
  await Promise.all(others.map((other) => other.open(undefined)));
  leaveLock(state, 'old', 3600);

  const results = await Promise.allSettled(others.map((other) => other.read([], undefined)));

  const winners = results.flatMap(({ status }, i) => (status === 'fulfilled' ? [`r${i}`] : []));
  expect(winners).toEqual([ownerIn(state)]);
});

test('the host touches the lock by itself', async () => {
  // Seconds are short in this test.
  const bin = mkdtempSync(join(tmpdir(), 'k3sbox-sleep-'));
  onTestFinished(() => rmSync(bin, { recursive: true }));
  writeFileSync(join(bin, 'sleep'), '#!/bin/sh\nexec /bin/sleep 0.02\n');
  chmodSync(join(bin, 'sleep'), 0o755);
  const { host, state } = setUp(undefined, { env: { ...process.env, PATH: `${bin}:${process.env['PATH']}` } });
  const beat = join(state, 'lock/beat');
  const age = (): number => Date.now() / 1000 - statSync(beat).mtimeMs / 1000;
  lockFor(host, 'r1');
  await host.read([], undefined);

  setAge(beat, 1000);
  // It begins after five of ours.
  await vi.waitFor(() => expect(age()).toBeLessThan(10), { timeout: 15_000, interval: 100 });
  setAge(beat, 1000);
  await vi.waitFor(() => expect(age()).toBeLessThan(10));
});
