import { describe, expect, test } from 'vitest';

import type { ExecOp, Step } from '../../../src/base/op.ts';
import { sh } from '../../../src/base/sh.ts';
import type { StepResult } from '../../../src/host/act.ts';
import {
  failedResult,
  isOk,
  loopResult,
  resultOf,
  skippedResult,
  type TaskResult,
  withVerdict,
} from '../../../src/run/task-result.ts';

const exec = (more: Partial<ExecOp> = {}): Step => ({ say: 'run x', do: { kind: 'exec', command: sh`x`, ...more } });
const write: Step = { say: 'write', do: { kind: 'file', path: '/a', content: { from: 'text', text: '' } } };
const ended = (more: Partial<StepResult> = {}): StepResult => ({
  id: '0001.0',
  exitCode: 0,
  timedOut: false,
  stdout: '',
  stderr: '',
  elapsedMs: 1,
  ...more,
});
const item = (name: string, of: TaskResult) => ({ ...of, item: name, loopVar: 'it' });
const result = (steps: readonly Step[], results: readonly StepResult[]) => resultOf({ steps }, results, steps);

describe('an exit code is good', () => {
  test.each<[title: string, step: Step | undefined, ended: Partial<StepResult>, ok: boolean]>([
    ['when it is 0', exec(), { exitCode: 0 }, true],
    ['not when it is anything else', exec(), { exitCode: 1 }, false],
    ['when the step says so', exec({ okExitCodes: [0, 3] }), { exitCode: 3 }, true],
    ['not when the step does not say so', exec({ okExitCodes: [3] }), { exitCode: 0 }, false],
    ['whatever it is, when the engine judges', exec({ okExitCodes: 'any' }), { exitCode: 255 }, true],
    ['not when time was up', exec({ okExitCodes: 'any' }), { exitCode: 0, timedOut: true }, false],
    ['not when nobody knows it', exec({ okExitCodes: 'any' }), { exitCode: 255, lost: true }, false],
    ['of other steps only when it is 0', write, { exitCode: 1 }, false],
    ['of a step that nobody knows only when it is 0', undefined, { exitCode: 0 }, true],
  ])('%s', (_title, step, more, ok) => {
    expect(isOk(step, ended(more))).toBe(ok);
  });
});

describe('the result of a command in the background', () => {
  const left = exec({ async: { limitMs: 1000, pollMs: 0 } });

  test('that nobody waits for names its folder', () => {
    const { values } = result([left], [ended({ stdout: '/var/lib/k3sbox/runs/r/jobs/0001.0\n' })]);

    expect(values).toEqual({
      ansible_job_id: '/var/lib/k3sbox/runs/r/jobs/0001.0',
      results_file: '/var/lib/k3sbox/runs/r/jobs/0001.0',
      started: true,
      finished: false,
      changed: true,
      failed: false,
    });
  });

  test('that could not be started is that of any command', () => {
    expect(result([left], [ended({ exitCode: 1, stderr: 'needs setsid\n' })])).toMatchObject({
      failed: true,
      values: { rc: 1, stderr: 'needs setsid' },
    });
  });

  test('that is lost says so', () => {
    expect(result([exec()], [ended({ exitCode: 255, lost: true })])).toMatchObject({
      failed: true,
      message: expect.stringContaining('without a result'),
    });
  });

  test('that a look finds to have failed is a failure with its output', () => {
    const failure = { message: 'exit code 7', exitCode: 7, stdout: 'out', stderr: 'err' };

    expect(resultOf({ steps: [], result: { finished: true }, failure }, [], [])).toMatchObject({
      failed: true,
      changed: false,
      message: 'exit code 7',
      values: { finished: true, failed: true },
      output: failure,
    });
  });
});

describe('the result of a task', () => {
  test('that had nothing to do is what the module found', () => {
    expect(resultOf({ steps: [], result: { path: '/a' }, message: 'is there' }, [], [])).toEqual({
      changed: false,
      failed: false,
      skipped: false,
      message: 'is there',
      values: { path: '/a', changed: false, failed: false, msg: 'is there' },
    });
  });

  test('that ran a command holds what it printed, line by line, without the end of the last', () => {
    const { values, changed } = result([exec()], [ended({ stdout: 'one\r\ntwo\n\n', stderr: '\n' })]);

    expect(changed).toBe(true);
    expect(values).toEqual({
      changed: true,
      failed: false,
      rc: 0,
      stdout: 'one\r\ntwo',
      stdout_lines: ['one', 'two'],
      stderr: '',
      stderr_lines: [],
    });
  });

  test('that ran several shows the last one', () => {
    expect(
      result([exec(), exec(), write], [ended({ stdout: '1' }), ended({ stdout: '2' }), ended()]).values,
    ).toMatchObject({
      stdout: '2',
    });
  });

  test('that failed half-way shows the command that failed', () => {
    const failed = result([exec(), exec()], [ended({ exitCode: 2, stdout: 'half', stderr: 'no' })]);

    expect(failed).toMatchObject({ failed: true, changed: true, message: 'exit code 2', output: { stderr: 'no' } });
    expect(failed.values).toMatchObject({ rc: 2, stdout: 'half', failed: true, msg: 'exit code 2' });
  });

  test('that failed in another step shows that step', () => {
    const failed = result([exec(), write], [ended({ stdout: 'fine' }), ended({ exitCode: 1, stderr: 'disk full' })]);

    expect(failed).toMatchObject({ failed: true, message: 'exit code 1', output: { stderr: 'disk full' } });
  });

  test('is not changed by steps that only look', () => {
    expect(result([{ ...exec(), changes: false }], [ended()]).changed).toBe(false);
    expect(result([{ ...exec(), changes: false }, write], [ended(), ended()]).changed).toBe(true);
    expect(result([{ ...exec(), changes: false }, write], [ended({ exitCode: 1 })]).changed).toBe(false);
  });

  test.each([
    [{ exitCode: 127 }, 'exit code 127 (command not found)'],
    [{ exitCode: 137 }, 'exit code 137 (killed (SIGKILL); out of memory?)'],
    [{ exitCode: 3 }, 'exit code 3'],
    [{ exitCode: 124, timedOut: true, elapsedMs: 61_200 }, 'time was up after 1m1s'],
    [{ exitCode: 124, timedOut: true, elapsedMs: 300 }, 'time was up after 300ms'],
    [{ exitCode: 124 }, 'exit code 124'],
  ])('%j reads: %s', (more, message) => {
    expect(result([exec()], [ended(more)]).message).toBe(message);
  });
});

describe('a verdict', () => {
  const good = result([exec()], [ended({ stdout: 'x' })]);
  const bad = result([exec()], [ended({ exitCode: 1 })]);

  test('can make a failure of a success, and says why', () => {
    expect(withVerdict(good, { failed: true, why: 'failed_when: true' })).toMatchObject({
      failed: true,
      changed: true,
      message: 'failed_when: true',
      values: { failed: true, failed_when_result: true, stdout: 'x' },
    });
  });

  test('can make a success of a failure, whose reason is then for those who registered it', () => {
    const forgiven = withVerdict(bad, { failed: false, why: 'failed_when: false' });

    expect(forgiven).toMatchObject({ failed: false, values: { failed: false, failed_when_result: false, rc: 1 } });
    expect(forgiven).not.toHaveProperty('message');
    expect(forgiven.values).toHaveProperty('msg', 'exit code 1');
  });

  test('keeps the reason of a failure that it agrees with', () => {
    expect(withVerdict(bad, { failed: true, why: 'failed_when: true' }).message).toBe('exit code 1');
  });

  test('can say that nothing changed', () => {
    const unchanged = withVerdict(good, { changed: false });

    expect(unchanged).toMatchObject({ changed: false, values: { changed: false } });
    expect(unchanged.values).not.toHaveProperty('failed_when_result');
  });
});

describe('the result of a loop', () => {
  const changed = result([write], [ended()]);
  const unchanged = result([], []);
  const failed = failedResult('no luck');
  const skipped = skippedResult('the condition is false');

  test.each([
    ['no items', [], { skipped: true, changed: false, failed: false }, 'No items in the list'],
    ['all skipped', [skipped, skipped], { skipped: true, changed: false }, 'All items skipped'],
    ['one skipped', [skipped, unchanged], { skipped: false, changed: false }, 'All items completed'],
    ['one changed', [unchanged, changed], { skipped: false, changed: true }, 'All items completed'],
    ['one failed', [changed, failed, skipped], { failed: true, changed: true }, 'no luck'],
  ])('with %s', (_title, results, members, msg) => {
    const loop = loopResult(results.map((one, i) => item(`i${i}`, one)));

    expect(loop).toMatchObject(members);
    expect(loop.values).toMatchObject({ msg, changed: loop.changed, failed: loop.failed });
    expect(loop.values['skipped']).toBe(loop.skipped ? true : undefined);
  });

  test('holds the results of its items under their loop variable', () => {
    expect(loopResult([item('a', changed), item('b', failed)]).values['results']).toEqual([
      { changed: true, failed: false, it: 'a', ansible_loop_var: 'it' },
      { changed: false, failed: true, msg: 'no luck', it: 'b', ansible_loop_var: 'it' },
    ]);
  });
});
