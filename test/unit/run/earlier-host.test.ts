import { describe, expect, test } from 'vitest';

import type { StepRecord } from '../../../src/host/step-records.ts';
import type { Execution } from '../../../src/journal/executions.ts';
import { EarlierHost } from '../../../src/run/earlier-run.ts';

const record = (begun: boolean): StepRecord => ({
  step: '0001.0',
  begun,
  exitCode: undefined,
  job: undefined,
  stdout: '',
  stderr: '',
});

const execution = (done: boolean): Execution => ({
  id: 'task',
  steps: [{ step: '0001.0', key: 'key', on: 'n1', as: undefined, done: done ? { changed: true } : undefined }],
  ended: done ? { status: 'changed', result: {} } : undefined,
});

describe('what a host has been through', () => {
  test.each([
    ['still counts as a change when a power cut took its mark', true, record(false), true],
    ['counts when its mark is there', false, record(true), true],
    ['does not count when only its intent is known', false, record(false), false],
    ['does not count any more when it was taken back', true, undefined, false],
  ])('a step %s', (_title, done, found, changed) => {
    const host = new EarlierHost([execution(done)], () => found);

    expect(host.take('task')).toMatchObject({ changed, ended: done && changed ? { status: 'changed' } : undefined });
  });
});
