import { expect, test } from 'vitest';

import type { RunEvent } from '../../../src/base/event.ts';
import { historyOf, inFlight, standing } from '../../../src/journal/history.ts';

const started: RunEvent = {
  type: 'run-started',
  run: 'r1',
  mode: 'run',
  title: 'Sysbox',
  hosts: ['n1', 'n2'],
  time: 'T0',
};
const on = (host: string, id: string) => ({ host, id, task: `task ${id}` });

function step(host: string, id: string, name: string): RunEvent[] {
  return [
    { type: 'step-intended', ...on(host, id), step: name, say: `write ${name}`, reversible: true },
    { type: 'step-done', ...on(host, id), step: name, say: `write ${name}`, changed: true },
  ];
}

const killed: RunEvent[] = [
  started,
  { type: 'host-connected', host: 'n1', elapsedMs: 4 },
  { type: 'task-started', ...on('n1', 'a') },
  ...step('n1', 'a', '/a'),
  { type: 'task-ended', ...on('n1', 'a'), module: 'copy', status: 'changed', elapsedMs: 7 },
  { type: 'task-started', ...on('n1', 'b') },
  { type: 'step-intended', ...on('n1', 'b'), step: '/b', say: 'write /b', reversible: true, time: 'T9' },
];

test('a journal that ends in the middle shows what was about to run and what stands', () => {
  const { hosts, exitCode, lastSeen, title } = historyOf(killed);
  const n1 = hosts.get('n1');
  if (n1 === undefined) throw new Error('no n1');

  expect({ exitCode, lastSeen, title }).toEqual({ exitCode: undefined, lastSeen: 'T9', title: 'Sysbox' });
  expect(n1).toMatchObject({ status: 'running', counts: { changed: 1, ok: 0 } });
  expect(n1.tasks.map(({ id, status }) => `${id} ${status}`)).toEqual(['a changed', 'b running']);
  expect(inFlight(n1).map(({ say }) => say)).toEqual(['write /b']);
  expect(standing(n1).map(({ step: name, state }) => `${name} ${state}`)).toEqual(['/a done', '/b intended']);
  expect(hosts.get('n2')?.status).toBe('waiting');
});

test('a rollback that came later belongs to the same run', () => {
  const { hosts, exitCode, title } = historyOf([
    ...killed,
    { type: 'run-started', run: 'r1', mode: 'rollback', title: 'rollback of Sysbox', hosts: ['n1'] },
    { type: 'rollback-started', host: 'n1', steps: 2 },
    { type: 'undo-done', host: 'n1', step: '/b', say: 'restore /b' },
    { type: 'undo-done', host: 'n1', step: '/a', say: 'restore /a' },
    { type: 'rollback-ended', host: 'n1', undone: 2, failed: 0 },
    { type: 'run-finished', run: 'r1', exitCode: 0, hosts: {} },
  ]);
  const n1 = hosts.get('n1');

  expect({ exitCode, title }).toEqual({ exitCode: 0, title: 'Sysbox' });
  expect(n1).toMatchObject({ status: 'rolled-back', counts: { undone: 2 } });
  expect(n1 && standing(n1)).toEqual([]);
  expect(n1 && inFlight(n1)).toEqual([]);
});

test('an undo that failed leaves its step standing', () => {
  const n1 = historyOf([
    started,
    ...step('n1', 'a', '/a'),
    { type: 'rollback-started', host: 'n1', steps: 1 },
    { type: 'undo-done', host: 'n1', step: '/a', say: 'restore /a', error: { code: 'rollback-failed', message: 'no' } },
    { type: 'rollback-ended', host: 'n1', undone: 0, failed: 1 },
  ]).hosts.get('n1');

  expect(n1?.status).toBe('rollback-failed');
  expect(n1 && standing(n1).map(({ state }) => state)).toEqual(['undo-failed']);
});

test('the counts are those the host ended with', () => {
  const counts = { ok: 5, changed: 1, skipped: 2, failed: 0, undone: 0 };

  expect(
    historyOf([started, { type: 'host-ended', host: 'n1', roundTrips: 2, status: 'ok', ...counts }]).hosts.get('n1'),
  ).toMatchObject({ status: 'ok', counts });
});

test('a step of a task that failed may have done half of its work', () => {
  const n1 = historyOf([
    started,
    { type: 'step-intended', ...on('n1', 'a'), step: '/a', say: 'run make', reversible: false },
    { type: 'step-done', ...on('n1', 'a'), step: '/a', say: 'run make', changed: false },
    { type: 'task-ended', ...on('n1', 'a'), module: 'shell', status: 'failed', elapsedMs: 7 },
  ]).hosts.get('n1');

  expect(n1 && standing(n1).map(({ say }) => say)).toEqual(['run make']);
});
