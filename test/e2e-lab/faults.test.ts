/*
 * Proves that the fault matrix is alive and that of each fault at least one case is survived: `npm run faults -- --smoke`. The
 * whole matrix takes too long to be run with each change; see docs/faults.md.
 */
import { join, resolve } from 'node:path';

import { expect, test } from 'vitest';

import { describeLab } from '../lab/describe-lab.ts';
import { whyMissing } from '../lab/machine.ts';
import { run } from '../lab/run.ts';

const root = resolve(import.meta.dirname, '../..');
const why = whyMissing('faults');

describeLab('faults', () => {
  test.skipIf(why !== undefined)(
    `one of every kind is survived${why === undefined ? '' : ` (${why})`}`,
    async () => {
      const words = ['--import', 'tsx', join(root, 'test/faults/faults.ts'), '--smoke', '--lanes', '3'];
      const { code, stdout, stderr } = await run([process.execPath, ...words], { cwd: root });

      expect({ code, stderr, lost: code === 0 ? '' : stdout }).toEqual({ code: 0, stderr: '', lost: '' });
      expect(stdout).toMatch(/tried 9, survived 9\n$/);
    },
    600_000,
  );
});
