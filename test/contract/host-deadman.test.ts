/*
 * The dead-man switch as a host has it, under every shell: it fires alone, or is confirmed, never both; what fires survives the
 * connection; nothing stays behind. Here there is no systemd: see test/e2e-lab/deadman.test.ts.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import { sh } from '../../src/base/sh.ts';
import type { ActOutcome } from '../../src/host/act.ts';
import type { BatchDeadman } from '../../src/host/deadman.ts';
import { confirmDeadman, deadmanStory, readDeadman, startUndo } from '../../src/host/deadman.ts';
import { group, hostWithTree, shells, text } from '../helpers/host-tree.ts';
import type { LocalHost } from '../helpers/local-host.ts';
import { readTree } from '../helpers/tree.ts';

const run = 'r1';

/** Writes a file under a switch. */
function write({ host, folder }: LocalHost, id: string, afterMs: number | undefined): Promise<ActOutcome> {
  const armed: BatchDeadman = { id, afterMs, onArmed: () => undefined };
  const op = { kind: 'file', path: join(folder, 'a'), content: text('new a\n'), mode: '600' } as const;
  return host.act([group(host.groups.next(undefined), [op])], undefined, { run, deadman: armed });
}

const stateOf = ({ host }: LocalHost) => host.inRun(run, undefined, readDeadman);
const confirm = ({ host }: LocalHost, id: string) =>
  host.inRun(run, undefined, (session, place) => confirmDeadman(session, place, id));

/** What waits on this machine for the switches of this host. */
function waiting({ state }: LocalHost): string[] {
  return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((args) => args.includes(`${state}/runs/${run}/deadman`));
}

async function until(isSo: () => Promise<boolean> | boolean): Promise<void> {
  const deadline = performance.now() + 15_000;
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error('it did not come true in time');
    await sleep(50);
  }
}

describe.each(shells)('under %s, a dead-man switch', (_name, shell) => {
  test('takes the run back when nobody confirms, and tells what it did, once', async () => {
    const made = hostWithTree(shell);
    const before = readTree(made.folder);
    await write(made, 'one', 1000);
    expect(await stateOf(made)).toMatchObject({ state: 'armed', id: 'one' });

    await made.host.disconnect();

    await until(async () => (await stateOf(made)).state === 'fired');
    const story = await made.host.inRun(run, undefined, deadmanStory);
    expect(readTree(made.folder)).toEqual(before);
    expect(story).toEqual({
      byItself: true,
      undone: [{ step: '0001.0', result: 'undone', say: 'take back: file 0' }],
    });
    expect(await stateOf(made)).toEqual({ state: 'fired', exitCode: 0 });
    expect(await made.host.inRun(run, undefined, deadmanStory)).toBeUndefined();
    expect(await confirm(made, 'one')).toBe(false);
    expect(readFileSync(join(made.state, 'runs', run, 'deadman.log'), 'utf8')).toMatch(
      /^fired at .*exit code 0\nundone {5}0001\.0 {2}take back: file 0\s*$/,
    );
    await expect(write(made, 'one', undefined)).rejects.toThrow('its dead-man switch has fired');
    expect(waiting(made)).toEqual([]);
  });

  test('is confirmed once and for all, and leaves nothing running', async () => {
    const made = hostWithTree(shell);
    await write(made, 'one', 60_000);
    expect(waiting(made).length).toBeGreaterThan(0);

    expect([await confirm(made, 'one'), await confirm(made, 'one')]).toEqual([true, true]);

    expect(await stateOf(made)).toEqual({ state: 'confirmed' });
    expect(readFileSync(join(made.folder, 'a'), 'utf8')).toBe('new a\n');
    await until(() => waiting(made).length === 0);
  });

  test('is disarmed by a rollback that succeeds', async () => {
    const made = hostWithTree(shell);
    const before = readTree(made.folder);
    await write(made, 'one', 60_000);

    await made.host.undo(run, undefined, {});

    expect(await stateOf(made)).toEqual({ state: 'disarmed' });
    expect(readTree(made.folder)).toEqual(before);
    await until(() => waiting(made).length === 0);
  });

  test('ends a batch that runs longer, with its children', async () => {
    const made = hostWithTree(shell);
    const before = readTree(made.folder);
    await write(made, 'one', 2000);
    const slow = { kind: 'exec', command: sh.raw(`sleep 987 & sleep 987`) } as const;
    const armed: BatchDeadman = { id: 'one', afterMs: undefined, onArmed: () => undefined };

    const { results } = await made.host.act([group('0002', [slow])], undefined, { run, deadman: armed });

    expect(results[0]?.exitCode).not.toBe(0);
    await made.host.inRun(run, undefined, deadmanStory);
    expect(readTree(made.folder)).toEqual(before);
  });

  test('can be told to go back at once, whatever becomes of the connection', async () => {
    const made = hostWithTree(shell);
    const before = readTree(made.folder);
    await write(made, 'one', 60_000);
    await confirm(made, 'one');

    await made.host.inRun(run, undefined, (session, place) => startUndo(session, place, 'two'));
    await made.host.disconnect();

    await until(() => existsSync(join(made.state, 'runs', run, 'deadman.done')));
    expect(await made.host.inRun(run, undefined, deadmanStory)).toMatchObject({ byItself: false, undone: [{}] });
    expect(readTree(made.folder)).toEqual(before);
  });

  test('is the last one that was armed', async () => {
    const made = hostWithTree(shell);
    await write(made, 'one', 60_000);
    await confirm(made, 'one');
    await write(made, 'two', 60_000);

    expect(await stateOf(made)).toMatchObject({ state: 'armed', id: 'two' });
    expect(await confirm(made, 'one')).toBe(false);
    expect(await confirm(made, 'two')).toBe(true);
    expect(readdirSync(join(made.state, 'runs', run)).filter((name) => name.startsWith('deadman.'))).toEqual([
      'deadman.two.confirmed',
    ]);
    await until(() => waiting(made).length === 0);
  });
});
