import { describe, expect, test } from 'vitest';

import type { RunEvent } from '../../../../src/base/event.ts';
import { resultStatuses, type RunReport } from '../../../../src/report/html/run-report.ts';
import { summariseRun } from '../../../../src/report/html/summarise-run.ts';
import { bigRun } from '../../../helpers/big-run.ts';
import { on, recordedRun } from '../../../helpers/recorded-run.ts';
import { reportOf } from '../../../helpers/report-of.ts';

const at = (second: number): string => new Date(Date.UTC(2026, 10, 22, 10, 0, second)).toISOString();

/** Every result in words: host, task, status, when it began and how long it took in milliseconds. */
function resultsOf({ hosts, tasks, results }: RunReport): string[] {
  return results.map(
    ([host, task, status, phase, startMs, elapsedMs]) =>
      `${hosts[host]?.name} ${tasks[task]?.id} ${resultStatuses[status]} ${phase}@${startMs}+${elapsedMs}`,
  );
}

const started = { type: 'run-started', run: 'r', mode: 'run', title: 'site.yaml', hosts: ['n1'] } as const;
const finished = { type: 'run-finished', run: 'r', hosts: {} } as const;
const play = { type: 'play-started', play: 'web', hosts: ['n1'] } as const;
const writing: readonly RunEvent[] = [
  { type: 'step-intended', ...on('n1', 'a', 'Write it'), step: '1', say: 'write /a', reversible: true, time: at(1) },
  { type: 'step-done', ...on('n1', 'a', 'Write it'), step: '1', say: 'write /a', changed: true, time: at(2) },
  { type: 'task-ended', ...on('n1', 'a', 'Write it'), module: 'copy', status: 'changed', elapsedMs: 1000, time: at(2) },
];
const booting: readonly RunEvent[] = [
  { type: 'step-intended', ...on('n1', 'b', 'Boot'), step: '2', say: 'restart', reversible: false, time: at(3) },
];
const back: readonly RunEvent[] = [
  { ...started, mode: 'rollback', title: 'rollback of r', time: at(3600) },
  { type: 'rollback-started', host: 'n1', steps: 1, time: at(3601) },
  { type: 'undo-done', host: 'n1', step: '1', say: 'take back: write /a', time: at(3602) },
  { type: 'rollback-ended', host: 'n1', undone: 1, failed: 0, time: at(3603) },
  { ...finished, exitCode: 0, time: at(3604) },
];
const counts = { ok: 0, changed: 1, skipped: 0, failed: 0, undone: 0 };

describe('a run that failed on some hosts', () => {
  const report = reportOf(recordedRun);

  test('tells how it ended, and what to type next', () => {
    expect(report.verdict).toEqual({ kind: 'bad', title: 'Failed', words: 'a task failed on a host (exit code 5)' });
    expect(report.next.map(({ command }) => command)).toEqual([
      'k3sbox resume 20261122-103012-4f2a',
      'k3sbox rollback 20261122-103012-4f2a',
      'k3sbox runs show 20261122-103012-4f2a -v --diff',
    ]);
  });

  test('tells of each host that failed what was taken back in which order', () => {
    const summary = summariseRun(report);

    expect(summary.stories.map(({ hosts, status, task }) => ({ hosts, status, task }))).toEqual([
      { hosts: ['n4'], status: 'unreachable', task: undefined },
      { hosts: ['n3'], status: 'rolled-back', task: 'Start K3s' },
    ]);
    expect(summary.stories[1]?.undone).toEqual([{ say: 'stop k3s' }, { say: 'restore /etc/x' }]);
    expect(summary.stories[1]?.errors).toEqual([
      {
        hosts: ['n3'],
        code: 'task-failed',
        message: 'start k3s exited with 127',
        hint: 'Look at `journalctl -u k3s`.',
        command: 'systemctl start k3s',
        output: 'sh: systemctl: not found\nsecond line',
      },
    ]);
  });

  test('counts as the recap at its end did', () => {
    expect(summariseRun(report).hosts).toEqual({
      n1: { status: 'ok', ok: 2, changed: 1, skipped: 1, failed: 0, undone: 0 },
      n2: { status: 'ok', ok: 2, changed: 1, skipped: 1, failed: 0, undone: 0 },
      n3: { status: 'rolled-back', ok: 2, changed: 1, skipped: 1, failed: 1, undone: 2 },
      n4: { status: 'unreachable', ok: 0, changed: 0, skipped: 0, failed: 0, undone: 0 },
    });
  });

  test('shares what is the same on many hosts', () => {
    expect(report.results.filter(([, , status]) => status === 1).map((result) => result[6])).toHaveLength(3);
    expect(new Set(report.results.filter(([, , status]) => status === 1).map((result) => result[6])).size).toBe(1);
  });
});

describe('a run that did not come to its end', () => {
  const events: readonly RunEvent[] = [{ ...started, time: at(0) }, { ...play, time: at(0) }, ...writing, ...booting];

  test('tells what was under way, and that nobody knows whether it was done', () => {
    const report = reportOf(events);

    expect(report.verdict).toMatchObject({ kind: 'bad', title: 'Stopped in the middle' });
    expect(resultsOf(report)).toEqual(['n1 a changed 0@1000+1000', 'n1 b open 0@3000+0']);
    expect(summariseRun(report).stories[0]?.standing).toEqual([
      { say: 'write /a', task: 'Write it', state: 'done', reversible: true },
      { say: 'restart', task: 'Boot', state: 'intended', reversible: false },
    ]);
    expect(report.next[0]?.command).toMatch(/^k3sbox resume /);
  });

  test('is going on as long as its controller is there', () => {
    expect(reportOf(events, { isAlive: true }).verdict).toMatchObject({ kind: 'open', title: 'Running' });
  });

  test.each(Array.from({ length: recordedRun.length + 1 }, (_, n) => n))('gives a report after %i events', (n) => {
    const report = reportOf(recordedRun.slice(0, n));

    expect(report.verdict.kind).toBe('bad');
    expect(JSON.parse(JSON.stringify(summariseRun(report)))).toEqual(summariseRun(report));
    for (const [host, task] of report.results) expect(Math.min(host, task)).toBeGreaterThanOrEqual(0);
  });
});

describe('a run that went on later', () => {
  test('counts as all of its parts together', () => {
    const report = reportOf([
      { ...started, time: at(0) },
      { ...play, time: at(0) },
      ...writing,
      ...booting,
      { ...started, resumed: true, time: at(60) },
      { ...play, time: at(60) },
      { type: 'task-ended', ...on('n1', 'b', 'Boot'), module: 'reboot', status: 'ok', elapsedMs: 5, time: at(61) },
      { type: 'host-ended', host: 'n1', status: 'ok', ...counts, ok: 1, changed: 0, roundTrips: 1, time: at(62) },
      { ...finished, exitCode: 0, hosts: { n1: { status: 'ok', ...counts, ok: 1, changed: 0 } }, time: at(62) },
    ]);

    expect(report.verdict).toEqual({ kind: 'good', title: 'Done', words: '1 host: 1 host changed (exit code 0)' });
    expect(report.phases).toMatchObject([{ isResumed: false }, { isResumed: true, exitCode: 0 }]);
    expect(report.elapsedMs).toBe(5000);
    expect(report.hosts).toMatchObject([{ name: 'n1', status: 'ok', ok: 2, changed: 1, failed: 0 }]);
    expect(resultsOf(report)).toEqual(['n1 a changed 0@1000+1000', 'n1 b open 0@3000+0', 'n1 b ok 1@60995+5']);
  });

  test('and was taken back tells both', () => {
    const report = reportOf([
      { ...started, time: at(0) },
      { ...play, time: at(0) },
      ...writing,
      { type: 'host-ended', host: 'n1', status: 'ok', ...counts, roundTrips: 1, time: at(3) },
      { ...finished, exitCode: 0, hosts: { n1: { status: 'ok', ...counts } }, time: at(3) },
      ...back,
    ]);

    expect(report.verdict).toEqual({
      kind: 'good',
      title: 'Taken back',
      words: 'the run had done its work; it was taken back later, on 1 host of 1',
    });
    expect(report.hosts).toMatchObject([{ name: 'n1', status: 'rolled-back', changed: 1, undone: 1, takenBack: [0] }]);
    expect(report.rollbacks).toEqual([[0, 1, 3_601_000, 2000, 1, 0]]);
  });
});

test.each([
  ['locked', 'a host takes part in another run (exit code 7)'],
  ['stale', 'a saved plan no longer fits: what it rests on has changed since (exit code 7)'],
] as const)('exit code 7 is told as what it was: %s', (code, words) => {
  const error = { code, message: 'no' };
  const report = reportOf([
    started,
    { type: 'host-ended', host: 'n1', status: 'failed', ...counts, changed: 0, roundTrips: 1, error },
    { ...finished, exitCode: 7 },
  ]);

  expect(report.verdict).toEqual({ kind: 'bad', title: 'Refused', words });
});

test('a failure that was rescued is not what ended the host', () => {
  const ended = { type: 'task-ended', module: 'shell', elapsedMs: 1 } as const;
  const error = { code: 'unreachable', message: 'connection lost' } as const;
  const told: readonly RunEvent[] = [
    started,
    play,
    { ...ended, ...on('n1', 'a', 'Try'), status: 'failed', error: { code: 'task-failed', message: 'exit code 1' } },
    { ...ended, ...on('n1', 'b', 'Rescue'), status: 'ok' },
  ];
  const lost = reportOf([
    ...told,
    { type: 'host-ended', host: 'n1', status: 'unreachable', ...counts, roundTrips: 1, error },
    { ...finished, exitCode: 4, hosts: { n1: { status: 'unreachable', ...counts } } },
  ]);
  const fine = reportOf([
    ...told,
    { type: 'host-ended', host: 'n1', status: 'ok', ...counts, roundTrips: 1 },
    { ...finished, exitCode: 0, hosts: { n1: { status: 'ok', ...counts } } },
    ...back,
  ]);

  expect(summariseRun(lost).stories).toMatchObject([
    { status: 'unreachable', errors: [{ message: 'connection lost' }] },
  ]);
  expect(lost.stories[0]?.task).toBeUndefined();
  expect(summariseRun(fine).stories).toMatchObject([{ status: 'rolled-back', errors: [] }]);
});

test('waves of a play are told with their hosts and times', () => {
  const { phases, plays } = reportOf(bigRun({ hosts: 10, tasks: 9 }));
  const told = phases[0]?.waves.map(({ play: of, wave, waves, hosts }) => [plays[of], wave, waves, hosts.length]);

  expect(told).toEqual([
    ['Look at every node', 1, 1, 10],
    ['Install Sysbox', 1, 1, 10],
    ...[1, 2, 3, 4, 5].map((wave) => ['Put nodes into service', wave, 5, 2]),
  ]);
});

test('a host that went back by its own timer says so', () => {
  const report = reportOf([
    { ...started, time: at(0) },
    { type: 'host-connected', host: 'n1', elapsedMs: 1, time: at(0) },
    { type: 'deadman-armed', host: 'n1', afterMs: 30_000, time: at(1) },
    { type: 'deadman-fired', host: 'n1', time: at(31) },
    { type: 'host-ended', host: 'n1', status: 'rolled-back', ...counts, roundTrips: 1, time: at(32) },
    { ...finished, exitCode: 5, time: at(32) },
  ]);

  expect(report.deadmen).toEqual([
    [0, 0, 1000, 'armed'],
    [0, 0, 31_000, 'fired'],
  ]);
  expect(report.stories).toMatchObject([{ hosts: [0], status: 'rolled-back', hasFired: true }]);
});

test('outputs of many megabytes leave a report of a few', () => {
  const hosts = Array.from({ length: 300 }, (_, i) => `n${i}`);
  const report = reportOf([
    { ...started, hosts },
    play,
    ...hosts.flatMap((host): RunEvent[] => [
      { type: 'task-output', ...on(host, 'a'), stream: 'stdout', text: `${host}\n${`<${host}>`.repeat(20_000)}` },
      { type: 'task-output', ...on(host, 'b'), stream: 'stdout', text: `${host}: ${`<${host}> line\n`.repeat(9000)}` },
      { type: 'task-ended', ...on(host, 'a'), module: 'shell', status: 'ok', elapsedMs: 1 },
      { type: 'task-ended', ...on(host, 'b'), module: 'shell', status: 'failed', elapsedMs: 1 },
    ]),
  ]);

  expect(JSON.stringify(report).replaceAll('<', '\\u003c').length).toBeLessThan(8 << 20);
});
