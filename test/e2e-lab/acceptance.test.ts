/*
 * The shortest stories of `npm run acceptance`, with each change: the whole of it takes too long. See test/lab/README.md.
 */
import { join, resolve } from 'node:path';

import { expect, test } from 'vitest';

import { describeLab } from '../lab/describe-lab.ts';
import { whyMissing } from '../lab/machine.ts';
import { run } from '../lab/run.ts';

const root = resolve(import.meta.dirname, '../..');
const why = whyMissing('faults');
const short = ['template-without-base', 'wrong-cgroup-driver'];

describeLab('acceptance', () => {
  test.skipIf(why !== undefined)(
    `what somebody wrote into a node's templates and drop-ins stops a run before anything is touched${why === undefined ? '' : ` (${why})`}`,
    async () => {
      const words = ['--import', 'tsx', join(root, 'test/acceptance/acceptance.ts'), '--small', '--story', ...short];
      const { code, stdout, stderr } = await run([process.execPath, ...words], { cwd: root });

      expect({ code, stderr, failed: code === 0 ? '' : stdout }).toEqual({ code: 0, stderr: '', failed: '' });
      expect(stdout).toMatch(/^2 of 2 stories passed/m);
    },
    600_000,
  );
});
