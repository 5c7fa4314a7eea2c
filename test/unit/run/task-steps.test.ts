import { describe, expect, test } from 'vitest';

import type { ExecOp, Step } from '../../../src/base/op.ts';
import { sh } from '../../../src/base/sh.ts';
import { keyworded, type StepKeywords } from '../../../src/run/task-steps.ts';

const none: StepKeywords = {
  environment: {},
  timeoutMs: undefined,
  async: undefined,
  undo: undefined,
  irreversible: false,
  neverChanges: false,
  judged: false,
};
const command = sh`x`;
const exec: ExecOp = { kind: 'exec', command };

/** A command's step as the keywords want it. */
function withKeywords(keywords: Partial<StepKeywords>, more: Partial<ExecOp> = {}): Step | undefined {
  return keyworded([{ say: 'run x', do: { ...exec, ...more } }], { ...none, ...keywords })[0];
}

describe('a command', () => {
  test('stays as it is without keywords', () => {
    expect(withKeywords({})).toEqual({ say: 'run x', do: exec });
  });

  const codes: [judged: boolean, module: ExecOp['okExitCodes'], ok: ExecOp['okExitCodes']][] = [
    [false, undefined, undefined],
    [false, [0, 3], [0, 3]],
    [false, 'any', undefined],
    [true, undefined, 'any'],
    [true, [0, 3], 'any'],
    [true, 'any', 'any'],
  ];
  test.each(codes)('judged by the task: %j, by its module: %j: good exit codes are %j', (judged, module, ok) => {
    const step = withKeywords({ judged }, module === undefined ? {} : { okExitCodes: module });

    expect(step?.do).toEqual({ ...exec, ...(ok !== undefined && { okExitCodes: ok }) });
  });

  test('gets the environment, in which what its module sets wins', () => {
    const step = withKeywords({ environment: { A: '1', B: '1' } }, { environment: { B: '2' } });

    expect(step?.do).toMatchObject({ environment: { A: '1', B: '2' } });
  });

  test('gets the time limit and the undo', () => {
    expect(withKeywords({ timeoutMs: 5000, undo: 'rm "$x"' })).toEqual({
      say: 'run x',
      do: { ...exec, timeoutMs: 5000 },
      undo: { kind: 'exec', command: sh.raw('rm "$x"') },
    });
  });

  test('needs no undo when the task is irreversible, and changes nothing when the task says so', () => {
    expect(withKeywords({ irreversible: true, neverChanges: true })).toMatchObject({
      needsNoUndo: true,
      changes: false,
    });
  });
});

describe('a command in the background', () => {
  test.each<[title: string, keywords: Partial<StepKeywords>, say: string, limitMs: number]>([
    ['says so', { async: { limitMs: 1_800_000, pollMs: 10_000 } }, 'at most 30m', 1_800_000],
    ['says that nobody waits', { async: { limitMs: 5_000, pollMs: 0 } }, 'at most 5.0s, nobody waits for it', 5_000],
    ['ends with its timeout', { async: { limitMs: 9_000, pollMs: 1 }, timeoutMs: 2_000 }, 'at most 2.0s', 2_000],
    ['has its limit from the task', { async: { limitMs: 9_000, pollMs: 1 } }, 'at most 9.0s', 9_000],
  ])('%s', (_title, keywords, say, limitMs) => {
    const step = withKeywords(keywords, { timeoutMs: 1_000 });

    expect(step?.say).toBe(`run x (in the background, ${say})`);
    expect(step?.do).toEqual({ ...exec, async: { ...keywords.async, limitMs } });
  });
});

describe('other steps', () => {
  const unit: Step = { say: 'start', do: { kind: 'unit', unit: 'a.service', verb: 'start' } };
  const write: Step = { say: 'write', do: { kind: 'file', path: '/a', content: { from: 'text', text: '' } } };
  const all: StepKeywords = {
    ...none,
    environment: { A: '1' },
    undo: 'x',
    judged: true,
    irreversible: true,
    neverChanges: true,
  };

  test('stay as they are, in their order', () => {
    expect(keyworded([unit, write], all)).toEqual([unit, write]);
  });

  test('of units get the time limit', () => {
    expect(keyworded([unit, write], { ...none, timeoutMs: 5000 })).toEqual([
      { ...unit, do: { ...unit.do, timeoutMs: 5000 } },
      write,
    ]);
  });
});
