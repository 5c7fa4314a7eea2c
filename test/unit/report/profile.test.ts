import { expect, test } from 'vitest';

import { ProfileReporter } from '../../../src/report/profile.ts';
import { makeStyle } from '../../../src/report/style.ts';
import { recordedRun } from '../../helpers/recorded-run.ts';

test('the slowest tasks come first, each with its slowest host', async () => {
  const lines: string[] = [];
  const reporter = new ProfileReporter((line) => lines.push(line), makeStyle(false), 2);

  for (const event of recordedRun) reporter.onEvent(event);
  await reporter.close();

  expect(lines).toEqual([
    'profile  slowest host and mean of each task',
    '   1m5s n3  mean 1m5s of 1 host  Start K3s  site.yaml:17:7',
    '   1.2s n1  mean 1.2s of 3 hosts  Write the config  site.yaml:16:7',
  ]);
});
