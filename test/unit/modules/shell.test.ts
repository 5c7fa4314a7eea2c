import { expect, test } from 'vitest';

import { shell } from '../../../src/modules/shell.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

test('shell text goes to the host as it was written', async () => {
  const { steps } = await planModule(shell, { cmd: 'ps ax | wc -l >"$HOME/n"' });

  expect(steps).toEqual([
    {
      say: 'run ps ax | wc -l >"$HOME/n"',
      do: {
        kind: 'exec',
        command: { text: 'ps ax | wc -l >"$HOME/n"', redacted: 'ps ax | wc -l >"$HOME/n"' },
        okExitCodes: 'any',
      },
    },
  ]);
});

test('another shell can run it', async () => {
  const { steps } = await planModule(shell, { cmd: 'echo {1..3}', executable: '/bin/bash' });

  expect(steps[0]?.do).toMatchObject({ shell: '/bin/bash' });
});

test('of many lines the first is told', async () => {
  expect(await saysOf(planModule(shell, { cmd: 'set -e\nmake\n' }))).toEqual(['run set -e...']);
});
