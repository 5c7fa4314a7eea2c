import { describe, expect, test } from 'vitest';

import type { Async, Step } from '../../../src/base/op.ts';
import { sh } from '../../../src/base/sh.ts';
import type { StepResult } from '../../../src/host/act.ts';
import { adopt, keyOf } from '../../../src/run/adopt.ts';
import type { EarlierStep } from '../../../src/run/earlier-run.ts';
import type { Invocation } from '../../../src/run/invocation.ts';
import { loadOneTask } from '../../helpers/playbook-files.ts';
import { readsPath } from '../../helpers/batch-sketch.ts';
import { fakeScope } from '../../helpers/plan-module.ts';

const waited: Async = { limitMs: 60_000, pollMs: 10_000 };
const leftAlone: Async = { limitMs: 60_000, pollMs: 0 };
const job = (async: Async, more: Partial<Step> = {}): Step => ({
  say: 'build',
  do: { kind: 'exec', command: sh`make`, async },
  ...more,
});
const result: StepResult = {
  id: '0003.0',
  exitCode: 0,
  timedOut: false,
  stdout: '/jobs/0003.0',
  stderr: '',
  elapsedMs: 0,
};
const cutOff = (state?: 'running' | 'lost'): EarlierStep => ({ state: 'cut-off', step: '0003.0', job: state });
const done = (state?: 'running' | 'lost'): EarlierStep => ({ state: 'done', result, job: state });

/** What is left of a task with this step when the run before had come so far with it. */
function adopted(step: Step, before: EarlierStep | undefined, { looks = false } = {}) {
  const earlier = { ended: undefined, changed: true, actsAnew: false, stepOf: () => before };
  const invocations: Invocation[] = [];
  const task = loadOneTask('- command: make');
  const entry = { task, name: 'Build', isLoop: false, begun: 0, noLog: false, invocations, earlier };
  const item: Invocation = {
    entry,
    item: undefined,
    scope: fakeScope({}),
    result: undefined,
    plan: () => Promise.resolve({ steps: [] }),
  };
  invocations.push(item);
  const planned = {
    item,
    planned: { steps: [step] },
    reads: looks ? [readsPath('/built')] : [],
    certain: true,
    assumes: [],
  };
  return { ...adopt(planned, { earlier: undefined, adopts: true, rerun: false }), item };
}

describe('a command in the background', () => {
  test.each([false, true])('that still runs is picked up (its task looks at the host: %s)', (looks) => {
    const step = job(waited);
    const { rest, item } = adopted(step, cutOff('running'), { looks });

    expect(rest).toEqual([job({ ...waited, pickUp: '0003.0' })]);
    // It is the same step, whatever is to be picked up.
    expect(rest.map((one) => keyOf(item, [step], one))).toEqual([keyOf(item, [step], step)]);
  });

  test('that nobody waits for is there already while it runs', () => {
    const { rest, merged } = adopted(job(leftAlone), done('running'), { looks: true });

    expect(rest).toEqual([]);
    expect(merged([])).toEqual([result]);
  });

  test('that was cut off before it began is begun', () => {
    expect(adopted(job(waited), cutOff()).rest).toEqual([job(waited)]);
  });

  test('that is lost is like any that was cut off', () => {
    expect(() => adopted(job(waited), cutOff('lost'))).toThrow('it was cut off in the middle');
  });

  test('that is through is not run again', () => {
    expect(adopted(job(waited), done()).rest).toEqual([]);
  });

  test('is begun when the run before had not come to it', () => {
    expect(adopted(job(waited), undefined).rest).toEqual([job(waited)]);
  });
});
