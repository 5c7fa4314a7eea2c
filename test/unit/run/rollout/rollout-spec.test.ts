import { expect, test } from 'vitest';

import { type RolloutSpec } from '../../../../src/run/rollout/rollout-machine.ts';
import { throughWith } from '../../../../src/run/rollout/rollout-spec.ts';

const spec: RolloutSpec = {
  waves: [],
  window: 1,
  budget: { of: 'fleet', hosts: 0 },
  gates: false,
  verifies: false,
  soakMs: 0,
  pauseAfter: [],
  takesBack: 'host',
  haltsHosts: false,
};

test.each([
  ['when it has ended', {}, 'host'],
  ['behind its wave, which is looked at first', { verifies: true }, 'wave'],
  ['behind its wave, which may go back', { takesBack: 'wave' }, 'wave'],
  ['at the end, since all may go back', { takesBack: 'run', verifies: true }, 'play'],
] as const)('a host is let go of %s', (_when, more, through) => {
  expect(throughWith({ ...spec, ...more })).toBe(through);
});
