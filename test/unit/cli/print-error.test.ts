import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, test } from 'vitest';

import {
  ConfigError,
  InterruptedError,
  LockedError,
  RollbackFailedError,
  TaskFailedError,
  UnreachableError,
  UsageError,
} from '../../../src/base/errors.ts';
import { exitCodeOf, renderError } from '../../../src/cli/print-error.ts';
import { makeStyle } from '../../../src/report/style.ts';

const style = makeStyle(false);
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'k3sbox-error-'));
  writeFileSync(join(folder, 'site.yaml'), '- hosts: all\n  tsaks: []\n  rols: []\n');
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

test.each([
  [new UsageError('x'), 2],
  [new ConfigError([]), 3],
  [new UnreachableError('x'), 4],
  [new TaskFailedError('x'), 5],
  [new RollbackFailedError('x'), 6],
  [new LockedError('x'), 7],
  [new InterruptedError('x'), 130],
  [new TypeError('x'), 70],
  ['x', 70],
])('%s ends with exit code %i', (error, code) => {
  expect(exitCodeOf(error)).toBe(code);
});

test('an error is its message and what to do about it', () => {
  expect(
    renderError(new UsageError('there is no inventory', { hint: 'Give one with -i.' }), { style, verbosity: 0 }),
  ).toBe('error: there is no inventory\n    hint     Give one with -i.');
});

test('problems in files are all shown, each where it stands', () => {
  const file = join(folder, 'site.yaml');
  const error = new ConfigError([
    {
      severity: 'error',
      message: 'a play has no `tsaks`',
      span: { file, line: 2, column: 3, length: 5 },
      hint: 'Did you mean `tasks`?',
    },
    { severity: 'error', message: 'a play has no `rols`', span: { file, line: 3, column: 3, length: 4 } },
  ]);

  expect(renderError(error, { style, verbosity: 0 }).replaceAll(folder, '')).toMatchInlineSnapshot(`
    "/site.yaml:2:3: a play has no \`tsaks\`
      1 | - hosts: all
    > 2 |   tsaks: []
        |   ~~~~~
      3 |   rols: []
      hint: Did you mean \`tasks\`?

    /site.yaml:3:3: a play has no \`rols\`
      2 |   tsaks: []
    > 3 |   rols: []
        |   ~~~~
      4 | 

    2 problems; nothing was touched"
  `);
});

test('a bug says that it is one, where the run lies, and keeps its stack for -vv', () => {
  const bug = new TypeError('x is not a function');
  const short = renderError(bug, { style, verbosity: 0, runFolder: '.k3sbox/runs/1' });

  expect(short).toMatchInlineSnapshot(`
    "error: x is not a function
        hint     This is a bug in k3sbox. Please report it with this message and the folder of the run.
        run      .k3sbox/runs/1
        stack    shown with -vv"
  `);
  expect(renderError(bug, { style, verbosity: 2 })).toContain('print-error.test.ts');
});

test('what a host printed cannot do anything to the terminal', () => {
  const error = new TaskFailedError('failed \u001b[2J', { output: 'a\u001b]0;x\u0007b\rc' });

  expect(renderError(error, { style, verbosity: 0 })).toBe('error: failed \n    output   c');
});
