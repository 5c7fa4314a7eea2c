import { expect, test } from 'vitest';

import type { Op, Step } from '../../../src/base/op.ts';
import { Secret } from '../../../src/base/secret.ts';
import { sh } from '../../../src/base/sh.ts';
import { isAdoptable, stepKey } from '../../../src/run/step-key.ts';

const place = { task: 'play/task', item: 0, step: 0, noLog: false };
const step = (op: Op): Step => ({ say: 'x', do: op });
const exec = (command = sh`echo ${'a'}`): Op => ({ kind: 'exec', command });
const file = (text: string): Op => ({ kind: 'file', path: '/a', content: { from: 'text', text } });

test.each<[title: string, a: string, b: string, same: boolean]>([
  ['the same step', stepKey(place, step(exec())), stepKey({ ...place }, step(exec())), true],
  ['another task', stepKey(place, step(exec())), stepKey({ ...place, task: 'other' }, step(exec())), false],
  ['another item', stepKey(place, step(exec())), stepKey({ ...place, item: 1 }, step(exec())), false],
  ['another step', stepKey(place, step(exec())), stepKey({ ...place, step: 1 }, step(exec())), false],
  ['another command', stepKey(place, step(exec())), stepKey(place, step(exec(sh`echo ${'b'}`))), false],
  [
    'another secret in a command',
    stepKey(place, step(exec(sh`login ${new Secret('one')}`))),
    stepKey(place, step(exec(sh`login ${new Secret('two')}`))),
    true,
  ],
  ['another content, which may be secret', stepKey(place, step(file('a'))), stepKey(place, step(file('b'))), true],
  [
    'another command under no_log',
    stepKey({ ...place, noLog: true }, step(exec())),
    stepKey({ ...place, noLog: true }, step(exec(sh`echo ${'b'}`))),
    true,
  ],
])('%s', (_title, a, b, same) => {
  expect(a === b).toBe(same);
});

test.each<[op: Op, rests: boolean, adoptable: boolean]>([
  [exec(), false, true],
  [exec(), true, false],
  [{ kind: 'unit', unit: 'a.service', verb: 'restart' }, true, true],
  [{ kind: 'unit', unit: 'a.service', verb: 'start' }, true, false],
  [{ kind: 'reboot', timeoutMs: 1 }, false, true],
  [file('a'), true, false],
  [{ kind: 'package', manager: 'apt', ensure: 'present', names: ['x'] }, true, false],
])('%j, whose plan rests on the host: %s, counts as done: %s', (op, rests, adoptable) => {
  expect(isAdoptable(step(op), rests)).toBe(adoptable);
});
