import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, onTestFinished, test } from 'vitest';

import type { RunEvent } from '../../src/base/event.ts';
import { Host } from '../../src/host/host.ts';
import { actedPlaces, onlyTasks } from '../../src/run/recorded-steps.ts';
import { rollBackRun, type RollbackRequest } from '../../src/run/roll-back-run.ts';
import { group, text } from '../helpers/host-tree.ts';
import { localConnection } from '../helpers/local-host.ts';
import { spawnTransport } from '../helpers/spawn-transport.ts';

const run = '20261122-103012-4f2a';
const connect = () => Promise.resolve(spawnTransport());

interface Wave {
  readonly hosts: readonly string[];
  readonly throttle?: number;
}

/** A run that wrote a file for each host, wave by wave, and then touched a second one on all; n9 was as wanted. */
async function ran(waves: readonly Wave[], isOver = true) {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-waves-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const connectionOf = (host: string) => localConnection({ host, stateFolder: join(folder, `${host}.state`) });
  const names = waves.flatMap(({ hosts }) => hosts);
  const events: RunEvent[] = [{ type: 'run-started', run, mode: 'run', title: 't', hosts: [...names, 'n9'] }];
  for (const { hosts, throttle } of waves) {
    events.push({ type: 'wave-started', play: 'p', wave: 1, waves: waves.length, hosts });
    for (const name of hosts) {
      mkdirSync(join(folder, name));
      const host = new Host(connectionOf(name), connect, new AbortController().signal);
      const steps = ['conf', 'unit'].map((file) => ({
        say: `write ${file}`,
        do: { kind: 'file', path: join(folder, name, file), content: text('ours') } as const,
      }));
      await host.act([group('0001', steps)], undefined, { run });
      await host.close();
      for (const [i, { say }] of steps.entries()) {
        events.push({
          type: 'step-intended',
          host: name,
          task: i === 0 ? 'configure' : 'install',
          id: `task ${i}`,
          step: `0001.${i}`,
          say,
          reversible: true,
          ...(throttle !== undefined && { throttle }),
        });
      }
    }
  }
  if (isOver) events.push({ type: 'run-finished', run, exitCode: 0, hosts: {} });
  const path = (host: string, file = 'conf') => join(folder, host, file);
  const takeBack = async (more: Partial<RollbackRequest> = {}) => {
    const told: RunEvent[] = [];
    const all = actedPlaces(events);
    const { exitCode } = await rollBackRun({
      run,
      events,
      places: more.tasks ? onlyTasks(all, more.tasks) : all,
      force: false,
      forks: 10,
      connectionOf,
      connect,
      owner: { run, owner: 'ana@laptop', started: '2026-11-22T10:00:00Z' },
      emit: (event) => void told.push(event),
      signal: new AbortController().signal,
      ...more,
    });
    const ended = told.flatMap((event) => (event.type === 'host-ended' ? [`${event.host} ${event.status}`] : []));
    const order = told.flatMap((event) => (event.type === 'rollback-started' ? [event.host] : []));
    const warnings = told.flatMap((event) => (event.type === 'warning' ? [event.message] : []));
    return { exitCode, ended: ended.toSorted(), order, warnings, told };
  };
  return { folder, path, takeBack };
}

test('waves go back in reverse; hosts that were as wanted, or are back already, are told apart', async () => {
  const { takeBack } = await ran([{ hosts: ['n1'] }, { hosts: ['n2'] }]);

  expect(await takeBack()).toMatchObject({
    exitCode: 0,
    order: ['n2', 'n1'],
    ended: ['n1 rolled-back', 'n2 rolled-back', 'n9 skipped'],
  });
  expect(await takeBack()).toMatchObject({ exitCode: 0, ended: ['n1 ok', 'n2 ok', 'n9 skipped'] });
});

test('tasks that went one host at a time go back so, and stop at the first that cannot', async () => {
  const { path, takeBack } = await ran([{ hosts: ['n1', 'n2', 'n3'], throttle: 1 }]);
  writeFileSync(path('n2'), 'theirs');

  const { exitCode, ended, order, warnings } = await takeBack();
  expect({ exitCode, ended, order }).toEqual({
    exitCode: 6,
    order: ['n3', 'n2'],
    ended: ['n1 skipped', 'n2 rollback-failed', 'n3 rolled-back', 'n9 skipped'],
  });
  expect(warnings).toEqual(['the rollback stops: n2 could not be taken back; not started: n1']);
  expect(readFileSync(path('n1'), 'utf8')).toBe('ours');

  expect(await takeBack({ force: true })).toMatchObject({
    exitCode: 0,
    ended: expect.arrayContaining(['n1 rolled-back']),
  });
});

test('a part leaves the rest of each host, which goes back later', async () => {
  const { path, takeBack } = await ran([{ hosts: ['n1'] }]);

  expect(await takeBack({ tasks: ['install'] })).toMatchObject({
    exitCode: 0,
    ended: ['n1 rolled-back', 'n9 skipped'],
  });
  expect(readFileSync(path('n1'), 'utf8')).toBe('ours');
  expect(() => readFileSync(path('n1', 'unit'))).toThrow('ENOENT');
  expect((await takeBack()).told).toContainEqual(expect.objectContaining({ type: 'rollback-ended', undone: 1 }));
});

test.each([
  ['is free again when the run had let go of it', true],
  ['stays locked when the run was cut off', false],
])('a host of which a part went back %s', async (_title, isOver) => {
  const { folder, takeBack } = await ran([{ hosts: ['n1'] }], isOver);
  const isLocked = () => existsSync(join(folder, 'n1.state/lock'));

  expect(await takeBack({ tasks: ['install'] })).toMatchObject({ exitCode: 0 });
  expect(isLocked()).toBe(!isOver);
  expect(await takeBack()).toMatchObject({ exitCode: 0 });
  expect(isLocked()).toBe(false);
});

test('a look locks nothing, changes nothing, and says when it would not work', async () => {
  const { folder, path, takeBack } = await ran([{ hosts: ['n1'] }, { hosts: ['n2'] }]);
  writeFileSync(path('n2'), 'theirs');

  const { exitCode, ended, told } = await takeBack({ check: true });
  expect({ exitCode, ended }).toEqual({ exitCode: 6, ended: ['n1 ok', 'n2 rollback-failed', 'n9 skipped'] });
  expect(told.filter(({ type }) => type === 'undo-done')).toHaveLength(4);
  expect(() => readFileSync(join(folder, 'n1.state/lock/owner'))).toThrow('ENOENT');
  expect(readFileSync(path('n1'), 'utf8')).toBe('ours');
});
