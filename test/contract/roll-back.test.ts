import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { RunEvent } from '../../src/base/event.ts';
import { UnreachableError } from '../../src/base/errors.ts';
import type { Op } from '../../src/base/op.ts';
import { sh } from '../../src/base/sh.ts';
import { Host } from '../../src/host/host.ts';
import type { RecordedStep } from '../../src/run/recorded-steps.ts';
import { rollBack, type RollBackOptions, runNameOn, type UndoPlace } from '../../src/run/roll-back.ts';
import { group, hostWithTree, text } from '../helpers/host-tree.ts';
import { localConnection } from '../helpers/local-host.ts';

/** What a rollback for n1 tells, and comes to. */
async function takeBack(places: readonly UndoPlace[], force = false, more: Partial<RollBackOptions> = {}) {
  const events: RunEvent[] = [];
  const emit = (event: RunEvent) => void events.push(event);
  const result = await rollBack('n1', places, {
    emit,
    steps: 3,
    force,
    signal: new AbortController().signal,
    ...more,
  });
  return { result, events, said: events.map((event) => ('say' in event ? event.say : event.type)) };
}

const write = (path: string, content: string): Op => ({ kind: 'file', path, content: text(content) });

test('the newest place goes first, in each the newest step', async () => {
  const { host, folder } = hostWithTree();
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  const delegated = runNameOn('r1', 'n2', '');
  await host.act([group('0001', [write(a, '1'), write(b, '1')])], undefined, { run: 'r1' });
  await host.act([group('0002', [write(a, '2')])], undefined, { run: delegated });

  const { result, events, said } = await takeBack([
    { host, as: undefined, run: 'r1' },
    { host, as: undefined, run: delegated },
  ]);

  expect(result).toMatchObject({ undone: 3, failed: 0 });
  expect(said).toEqual([
    'rollback-started',
    'take back: file 0',
    'take back: file 1',
    'take back: file 0',
    'rollback-ended',
  ]);
  expect(events[0]).toMatchObject({ host: 'n1', steps: 3 });
  expect(events.at(-1)).toMatchObject({ undone: 3, failed: 0 });
});

test('what somebody changed since is a failure that says how to go on; the rest is taken back', async () => {
  const { host, folder } = hostWithTree();
  const a = join(folder, 'a');
  const run = runNameOn('r1', 'n1', '');
  await host.act([group('0001', [write(a, 'ours'), { kind: 'remove', path: join(folder, 'link') }])], undefined, {
    run,
  });
  writeFileSync(a, 'theirs');
  const places = [{ host, as: undefined, run }];

  const { result, events } = await takeBack(places);

  expect(result).toMatchObject({ undone: 1, failed: 1 });
  expect(events).toContainEqual(
    expect.objectContaining({
      type: 'undo-done',
      step: '0001.0',
      error: {
        code: 'rollback-failed',
        message: expect.stringContaining(`somebody changed ${a} since`),
        hint: 'Compare, then overwrite it with `k3sbox rollback r1 --limit n1 --force`.',
      },
    }),
  );
  expect((await takeBack(places, true)).result).toMatchObject({ undone: 1, failed: 0 });
});

const recorded = (step: string, task: string, more: Partial<RecordedStep> = {}): RecordedStep => ({
  step,
  task,
  say: 'file 0',
  id: task,
  reversible: true,
  throttle: undefined,
  stands: true,
  diff: undefined,
  ...more,
});

test('what somebody changed is shown, as far as the journal has what was left', async () => {
  const { host, folder } = hostWithTree();
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  await host.act([group('0001', [write(a, 'ours\n'), write(b, 'ours\n')])], undefined, { run: 'r1' });
  for (const path of [a, b]) writeFileSync(path, 'theirs\n', { mode: 0o600 });
  const diff = { of: a, before: 'old a\n', after: 'ours\n' };

  const { events } = await takeBack([
    { host, as: undefined, run: 'r1', steps: [recorded('0001.0', 'write a', { diff }), recorded('0001.1', 'hidden')] },
  ]);

  expect(events).toMatchObject([
    {},
    { step: '0001.1', error: { message: expect.stringMatching(/since; not touched \(its content is another one\)$/) } },
    { step: '0001.0', diff: { of: a, before: 'ours\n', after: 'theirs\n' } },
    {},
  ]);
  expect(events[1]).not.toHaveProperty('diff');
});

test('only what some tasks did: what stands on it is named, and nothing else is touched', async () => {
  const { host, folder } = hostWithTree();
  const a = join(folder, 'a');
  await host.act([group('0001', [write(a, 'one')]), group('0002', [write(a, 'two')])], undefined, { run: 'r1' });
  const [first, second] = [recorded('0001.0', 'first'), recorded('0002.0', "the second's")];
  const only = ({ step }: RecordedStep) => [{ host, as: undefined, run: 'r1', steps: [first, second], only: [step] }];

  const blocked = await takeBack(only(first), false, { tasks: ['first'] });
  expect(blocked.result).toEqual({ undone: 0, failed: 1, isRefused: true });
  expect(blocked.events[1]).toMatchObject({
    error: {
      message: "take back: file 0: the task `the second's`, which came later, stands on it and is not taken back",
      hint: 'Name that task with `--task`, too.',
    },
  });
  expect((await takeBack(only(second), false, { tasks: ["the second's"] })).result).toMatchObject({
    undone: 1,
    failed: 0,
  });
  expect(readFileSync(a, 'utf8')).toBe('one');
});

test('what speaks against it at one place leaves the others as they are, and is told once', async () => {
  const { host, folder } = hostWithTree();
  const a = join(folder, 'a');
  const delegated = runNameOn('r1', 'n1', 'n2');
  const guarded = {
    say: 'serve',
    do: write(a, '1'),
    undoGuard: { kind: 'exec', command: sh`echo pods run; exit 1` },
  } as const;
  await host.act([group('0001', [guarded])], undefined, { run: 'r1' });
  await host.act([group('0002', [write(join(folder, 'b'), '2')])], undefined, { run: delegated });
  const places = ['r1', delegated].map((run) => ({ host, as: undefined, run }));

  const { result, events } = await takeBack(places);
  expect(result).toMatchObject({ undone: 0, failed: 1 });
  expect(events.map((event) => ('error' in event ? event.error : event.type))).toEqual([
    'rollback-started',
    {
      code: 'rollback-failed',
      message: 'pods run',
      hint: 'Nothing was touched here. Settle that, or insist with `k3sbox rollback r1 --limit n1 --force`.',
    },
    'rollback-ended',
  ]);
  expect((await takeBack(places, true)).result).toMatchObject({ undone: 2, failed: 0 });
});

test('a log that is gone is a failure where the run did something, and nothing where it did not', async () => {
  const { host } = hostWithTree();
  const place = { host, as: undefined, run: 'r1' };

  const { result, events } = await takeBack([
    { ...place, steps: [recorded('0001.0', 'write'), recorded('0001.1', 'x')] },
  ]);
  expect(result).toMatchObject({ undone: 0, failed: 2 });
  expect(events[1]).toMatchObject({ error: { message: 'the undo log of this run is gone from n1' } });
  const idle = recorded('0001.0', 'write', { stands: false });
  expect((await takeBack([{ ...place, steps: [idle] }])).result).toMatchObject({ undone: 0, failed: 0 });
});

test('a look tells what would be done, and does nothing', async () => {
  const { host, folder } = hostWithTree();
  const a = join(folder, 'a');
  await host.act([group('0001', [write(a, 'new')])], undefined, { run: 'r1' });

  const { events } = await takeBack([{ host, as: undefined, run: 'r1' }], false, { check: true });
  expect(events).toEqual([{ type: 'undo-done', host: 'n1', step: '0001.0', say: 'take back: file 0', planned: true }]);
  expect(readFileSync(a, 'utf8')).toBe('new');
});

test('what was as before is told, and counts neither way', async () => {
  const { host, folder } = hostWithTree();
  const a = join(folder, 'a');
  await host.act([group('0001', [write(a, 'new')])], undefined, { run: 'r1' });
  writeFileSync(a, 'old a\n');

  const { result, said } = await takeBack([{ host, as: undefined, run: 'r1' }]);

  expect(result).toMatchObject({ undone: 0, failed: 0 });
  expect(said).toContain('take back: file 0: was as before');
});

test('a host out of reach is a failure, which says what can be done there; the others are taken back', async () => {
  const { host, folder, state } = hostWithTree();
  await host.act([group('0001', [write(join(folder, 'a'), 'new')])], undefined, { run: 'r1' });
  const gone = new Host(
    localConnection({ host: 'n9', stateFolder: state }),
    () => Promise.reject(new UnreachableError('no route to host')),
    new AbortController().signal,
  );

  const { result, events } = await takeBack([
    { host, as: undefined, run: 'r1' },
    { host: gone, as: undefined, run: runNameOn('r1', 'n1', '') },
  ]);

  expect(result).toMatchObject({ undone: 1, failed: 1 });
  expect(events[1]).toMatchObject({
    type: 'undo-done',
    host: 'n1',
    say: 'take back what was done on n9',
    error: {
      code: 'rollback-failed',
      message: 'no route to host',
      hint: `Try again with \`k3sbox rollback r1 --limit n1\`, or on n9: sh '${state}/runs/r1.for-n1/undo'`,
    },
  });
});

test.each([
  [{}, undefined, '/var/lib/k3sbox/runs/r1/undo'],
  [{ user: 'ops' }, undefined, '~/.local/state/k3sbox/runs/r1/undo'],
  [{ user: 'ops' }, { exe: 'sudo', user: 'root' }, '/var/lib/k3sbox/runs/r1/undo'],
])('the undo on a host with %j as %j is %s', async (connection, as, path) => {
  const host = new Host(
    localConnection(connection),
    () => Promise.reject(new UnreachableError('no route to host')),
    new AbortController().signal,
  );

  const { events } = await takeBack([{ host, as, run: 'r1' }]);

  expect(events[1]).toMatchObject({ error: { hint: expect.stringMatching(new RegExp(`: sh ${path}$`)) } });
});
