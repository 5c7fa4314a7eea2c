import { describe, expect, test } from 'vitest';

import type { TaskStatus } from '../../../src/base/event.ts';
import {
  ConfigError,
  type K3sboxError,
  errorCodes,
  InternalError,
  InterruptedError,
  LockedError,
  RollbackFailedError,
  TaskFailedError,
  UnreachableError,
  UsageError,
} from '../../../src/base/errors.ts';
import { exitCodeOf, HostTally } from '../../../src/run/host-tally.ts';

const span = { file: 'site.yaml', line: 1, column: 1, length: 1 };
const failed = new TaskFailedError('no');
const unreachable = new UnreachableError('no');
const config = ConfigError.at(span, 'no');
const locked = new LockedError('no');
const bug = new InternalError('no');
const interrupted = new InterruptedError('no');

type Rollback = 'taken back' | 'not taken back';

function tally(error?: K3sboxError, rollback?: Rollback): HostTally {
  const host = new HostTally('n1');
  host.count('changed');
  host.error = error;
  if (rollback !== undefined) host.takeBack({ undone: 2, failed: rollback === 'taken back' ? 0 : 1 });
  return host;
}

describe('the exit code of a run', () => {
  test.each<[title: string, hosts: HostTally[], interrupted: boolean, code: number]>([
    ['all well', [tally(), tally()], false, 0],
    ['no hosts', [], false, 0],
    ['a mistake found on the way', [tally(config)], false, 3],
    ['a host out of reach', [tally(), tally(unreachable)], false, 4],
    ['a failed task', [tally(failed)], false, 5],
    ['a failed task, taken back', [tally(failed, 'taken back')], false, 5],
    ['a failed task counts more than a host out of reach', [tally(unreachable), tally(failed)], false, 5],
    ['a rollback that did not succeed', [tally(failed, 'not taken back')], false, 6],
    ['it counts most', [tally(bug), tally(failed, 'not taken back')], true, 6],
    ['a locked host', [tally(locked)], false, 7],
    ['a bug', [tally(failed), tally(bug)], false, 70],
    ['interrupted', [tally(interrupted, 'taken back')], true, 130],
    ['interrupted, and a task failed before', [tally(failed)], true, 130],
    ['stopped because another host failed', [tally(interrupted)], false, 5],
    ['a rollback asked for that succeeded', [tally(undefined, 'taken back')], false, 0],
  ])('%s', (_title, hosts, isAborted, code) => {
    expect(exitCodeOf(hosts, { isAborted })).toBe(code);
  });

  test('is 5 when the rollout was stopped, though no host has failed', () => {
    expect(exitCodeOf([tally()], { isAborted: false, isStopped: true })).toBe(5);
  });

  test.each([
    failed,
    unreachable,
    config,
    locked,
    bug,
    interrupted,
    new UsageError('no'),
    new RollbackFailedError('no'),
  ])('is never 0 when a host has an error: %o', (error) => {
    expect(exitCodeOf([tally(error)], { isAborted: false })).not.toBe(0);
    expect(Object.keys(errorCodes)).toContain(error.code);
  });
});

describe('the status of a host', () => {
  test.each<[title: string, host: HostTally, status: string]>([
    ['that did something', tally(), 'ok'],
    ['on which nothing ran', new HostTally('n1'), 'skipped'],
    ['out of reach', tally(unreachable), 'unreachable'],
    ['that failed', tally(failed), 'failed'],
    ['that is locked', tally(locked), 'failed'],
    ['taken back', tally(failed, 'taken back'), 'rolled-back'],
    ['out of reach, then taken back', tally(unreachable, 'taken back'), 'rolled-back'],
    ['not taken back', tally(unreachable, 'not taken back'), 'rollback-failed'],
  ])('%s', (_title, host, status) => {
    expect(host.summary.status).toBe(status);
  });

  test('stays failed when one of several rollbacks failed', () => {
    const host = tally(failed, 'not taken back');
    host.takeBack({ undone: 1, failed: 0 });

    expect(host.summary).toMatchObject({ status: 'rollback-failed', undone: 3 });
  });
});

test.each<[TaskStatus, object]>([
  ['ok', { ok: 1, changed: 0, skipped: 0, failed: 0 }],
  ['changed', { ok: 1, changed: 1, skipped: 0, failed: 0 }],
  ['ignored', { ok: 1, changed: 0, skipped: 0, failed: 0 }],
  ['skipped', { ok: 0, changed: 0, skipped: 1, failed: 0 }],
  ['failed', { ok: 0, changed: 0, skipped: 0, failed: 1 }],
  ['unreachable', { ok: 0, changed: 0, skipped: 0, failed: 1 }],
])('a task that is %s counts as %j', (status, counts) => {
  const host = new HostTally('n1');
  host.count(status);

  expect(host.summary).toMatchObject({ ...counts, undone: 0 });
});

test('a host is out with an error, or when a play ended it in good order', () => {
  expect([tally().isOut, tally(failed).isOut]).toEqual([false, true]);

  const ended = tally();
  ended.ended = true;
  expect(ended).toMatchObject({ isOut: true, summary: { status: 'ok' } });
});
