import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import type { RunEvent } from '../../src/base/event.ts';
import { UnreachableError } from '../../src/base/errors.ts';
import type { Op } from '../../src/base/op.ts';
import { Host } from '../../src/host/host.ts';
import { runNameOn, rollBack, type UndoPlace } from '../../src/run/roll-back.ts';
import { group, hostWithTree, text } from '../helpers/host-tree.ts';
import { localConnection } from '../helpers/local-host.ts';

/** What a rollback for n1 tells, and comes to. */
async function takeBack(places: readonly UndoPlace[], force = false) {
  const events: RunEvent[] = [];
  const emit = (event: RunEvent) => void events.push(event);
  const result = await rollBack('n1', places, { emit, steps: 3, force, signal: new AbortController().signal });
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

  expect(result).toEqual({ undone: 3, failed: 0 });
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

  expect(result).toEqual({ undone: 1, failed: 1 });
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
  expect((await takeBack(places, true)).result).toEqual({ undone: 1, failed: 0 });
});

test('what was as before is told, and counts neither way', async () => {
  const { host, folder } = hostWithTree();
  const a = join(folder, 'a');
  await host.act([group('0001', [write(a, 'new')])], undefined, { run: 'r1' });
  writeFileSync(a, 'old a\n');

  const { result, said } = await takeBack([{ host, as: undefined, run: 'r1' }]);

  expect(result).toEqual({ undone: 0, failed: 0 });
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

  expect(result).toEqual({ undone: 1, failed: 1 });
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
