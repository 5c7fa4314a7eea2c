import { expect, test } from 'vitest';

import type { Op, Step } from '../../../src/base/op.ts';
import { sh } from '../../../src/base/sh.ts';
import type { Answered } from '../../../src/host/guard.ts';
import { isDrift } from '../../../src/run/is-drift.ts';

const read: Answered = { query: { kind: 'facts' }, answer: { kind: 'facts', facts: {} } };
const probed: Answered = {
  query: { kind: 'probe', command: sh`x`, unguarded: true },
  answer: {
    kind: 'probe',
    result: { exitCode: 0, stdout: '', stderr: '' },
    stdout: Buffer.alloc(0),
    stderr: Buffer.alloc(0),
  },
};
const step = (op: Op, more: Partial<Step> = {}): Step => ({ say: 'x', do: op, ...more });
const command: Op = { kind: 'exec', command: sh`true` };
const unit = (verb: 'start' | 'restart'): Op => ({ kind: 'unit', unit: 'x.service', verb });

test.each<[title: string, step: Step, reads: readonly Answered[], expected: boolean]>([
  ['a directory that is missing', step({ kind: 'directory', path: '/a' }), [read], true],
  ['a unit that does not run', step(unit('start')), [read], true],
  ['a command that looked first (creates)', step(command), [read], true],
  ['a bare command: it runs every time', step(command), [], false],
  ['a restart: it happens every time', step(unit('restart')), [read], false],
  ['a command that changes nothing', step(command, { changes: false }), [read], false],
  ['lists of packages that have become old', step(command, { needsNoUndo: true }), [probed], false],
  ['a reboot', step({ kind: 'reboot', timeoutMs: 1 }), [read], false],
])('drift: %s', (_title, planned, reads, expected) => {
  expect(
    isDrift({ id: 'a' }, [
      { steps: [], reads },
      { steps: [planned], reads },
    ]),
  ).toBe(expected);
});

test('a handler follows others, and tells nothing by itself', () => {
  const handler = { id: 'a', listen: [] };

  expect(isDrift(handler, [{ steps: [step({ kind: 'directory', path: '/a' })], reads: [read] }])).toBe(false);
});
