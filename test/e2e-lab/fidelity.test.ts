/* A part of `npm run fidelity`, spread over all modules: what a plan says is what a run then does. */
import { afterAll, beforeAll, expect, test } from 'vitest';

import type { CaseResult } from '../fidelity/case-result.ts';
import { installPrograms, makeGround } from '../fidelity/ground.ts';
import { figuresOf, liesOf } from '../fidelity/report.ts';
import { runRound } from '../fidelity/round.ts';
import { roundsOf } from '../fidelity/rounds.ts';
import { describeLab } from '../lab/describe-lab.ts';
import { useLab } from './use-lab.ts';

describeLab('plan and run', () => {
  const lab = useLab('fidelity', 0);
  let ground: Awaited<ReturnType<typeof makeGround>> | undefined;
  beforeAll(async () => {
    await lab.new('f1', { base: 'forky' });
    ground = await makeGround(lab);
    await ground.root('f1', installPrograms);
  });
  afterAll(() => ground?.remove());

  test('agree', { timeout: 600_000 }, async () => {
    const results: CaseResult[] = [];
    for (const round of roundsOf({ atMost: 120 })) if (ground) results.push(...(await runRound(round, ground)));

    expect(liesOf(results)).toEqual([]);
    expect(figuresOf(results).total.cases).toBeGreaterThan(100);
  });
});
