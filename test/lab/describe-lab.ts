import { describe } from 'vitest';

import { whyNoBuild, whyNoLab } from './machine.ts';

const why = whyNoLab() ?? whyNoBuild();

/** A group of tests that need a fleet. Where there can be none they are skipped, and the title says why. */
export function describeLab(title: string, tests: () => void): void {
  const reason = why === undefined ? '' : ` (${why})`;
  describe.skipIf(why !== undefined)(`${title}${reason}`, () => {
    tests();
  });
}
