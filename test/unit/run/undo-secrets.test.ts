import { describe, expect, test } from 'vitest';

import type { ExecOp, Step } from '../../../src/base/op.ts';
import { Secret } from '../../../src/base/secret.ts';
import { sh } from '../../../src/base/sh.ts';
import { withoutSecretsInUndo } from '../../../src/run/undo-secrets.ts';

const hiding = { redact: (text: string) => text.replaceAll('hunter2', '***'), noLog: false };

const exec = (more: Partial<ExecOp> = {}): ExecOp => ({ kind: 'exec', command: sh`true`, ...more });
const step = (more: Partial<Step> = {}): Step => ({ say: 'run it', do: exec(), ...more });

describe('what would lie on the host for a rollback', () => {
  test.each<[title: string, step: Step]>([
    ['a command with a secret in it', step({ undo: exec({ command: sh`login ${new Secret('x')}` }) })],
    ['a command whose text is one', step({ undo: exec({ command: sh.raw('login hunter2') }) })],
    ['a secret on standard input', step({ undo: exec({ stdin: 'hunter2' }) })],
    ['a secret in the environment', step({ undo: exec({ environment: { PASSWORD: 'hunter2' } }) })],
    ['a guard with a secret', step({ undoGuard: exec({ command: sh.raw('login hunter2') }) })],
    ['a restart with a secret', step({ do: exec({ environment: { A: 'hunter2' } }), againAfterUndo: true })],
  ])('is refused: %s', (_title, wrong) => {
    expect(() => withoutSecretsInUndo([step(), wrong], hiding)).toThrow('would store a secret on the host');
  });

  test.each<[title: string, step: Step]>([
    ['a secret that is only used', step({ do: exec({ command: sh`login ${new Secret('x')}`, stdin: 'hunter2' }) })],
    ['an undo without one', step({ do: exec({ stdin: 'hunter2' }), undo: exec() })],
    ['a unit', step({ do: { kind: 'unit', unit: 'x', verb: 'restart' }, againAfterUndo: true })],
  ])('is fine: %s', (_title, good) => {
    expect(withoutSecretsInUndo([good], hiding)).toEqual([good]);
  });

  test('says what is taken back without secrets, and nothing with no_log', () => {
    const [shown] = withoutSecretsInUndo([step({ say: 'run login hunter2' })], hiding);
    const [hidden] = withoutSecretsInUndo([step({ say: 'run login x' })], { ...hiding, noLog: true });

    expect([shown?.say, hidden?.say]).toEqual(['run login ***', 'hidden by no_log']);
  });
});
