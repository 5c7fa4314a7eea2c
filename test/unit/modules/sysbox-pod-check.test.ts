import { spawnSync } from 'node:child_process';

import { expect, test } from 'vitest';
import type { z } from 'zod';

import { sysboxPodCheck } from '../../../src/modules/sysbox-pod-check.ts';
import { k3sProbes } from '../../helpers/fake-k3s.ts';
import { planModule } from '../../helpers/plan-module.ts';

const plan = (more: Partial<z.input<typeof sysboxPodCheck.args>> = {}) =>
  planModule(sysboxPodCheck, { pod: 'a', namespace: 'b', ...more }, { host: { probes: k3sProbes() } });

test('by itself it looks at processes, and changes nothing', async () => {
  const { steps } = await plan();

  expect(steps).toEqual([expect.objectContaining({ say: 'look at the processes of b/a', changes: false })]);
});

test.each([
  [['systemd'], 'look at systemd in b/a', /\nsystemd$/],
  [['systemd', 'docker'], 'look at systemd and docker in b/a', /\nsystemd\ndocker$/],
  [['k3s'], 'look at k3s in b/a', /\nk3s$/],
] as const)('%j are asked inside of the pod, one after the other', async (levels, say, end) => {
  const { steps } = await plan({ levels: [...levels] });

  expect(steps[0]).toMatchObject({ say, do: { command: { text: expect.stringMatching(end) } } });
});

test('what it runs is a script that every sh understands', async () => {
  const { steps } = await plan({ levels: ['systemd', 'docker', 'k3s'], inner_image: 'x' });
  const [step] = steps;
  const text = step?.do.kind === 'exec' ? step.do.command.text : '';

  expect(spawnSync('sh', ['-n'], { input: text, encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
});
