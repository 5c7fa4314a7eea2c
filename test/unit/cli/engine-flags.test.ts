import { execFileSync } from 'node:child_process';

import { expect, test } from 'vitest';

import { engineFlags } from '../../../src/cli/engine-flags.ts';

test('this Node knows every flag', () => {
  const known = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });

  for (const flag of engineFlags(process.versions.node)) expect(known).toContain(`  ${flag.split('=')[0]} (`);
});

test.each([
  ['20.19.0', true],
  ['22.23.3', false],
  ['24.21.0', false],
])('Node %s has a budget for interrupts: %s', (version, has) => {
  expect(engineFlags(version).some((flag) => flag.startsWith('--interrupt-budget='))).toBe(has);
});
