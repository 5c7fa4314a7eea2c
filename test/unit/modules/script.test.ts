import { expect, test } from 'vitest';

import { script } from '../../../src/modules/script.ts';
import { planModule } from '../../helpers/plan-module.ts';

const files = { 'a.sh': '#!/bin/sh\necho hi\n', 'b.py': '#!/usr/bin/env python3\n', 'c.sh': 'echo hi\n' };

test('the script travels as standard input and runs from a file', async () => {
  const { steps, result } = await planModule(script, { cmd: 'a.sh "one two" 3', chdir: '/opt' }, { files });

  expect(result).toEqual({ cmd: 'the script a.sh "one two" 3' });
  expect(steps[0]?.say).toBe('run the script a.sh "one two" 3');
  expect(steps[0]?.do).toMatchObject({ stdin: '#!/bin/sh\necho hi\n', chdir: '/opt', okExitCodes: 'any' });
});

test.each([
  [{ cmd: 'a.sh' }, '/bin/sh "$d"/script </dev/null '],
  [{ cmd: 'b.py "one two"' }, `/usr/bin/env python3 "$d"/script </dev/null 'one two'`],
  [{ cmd: 'c.sh' }, '/bin/sh "$d"/script </dev/null '],
  [{ cmd: 'c.sh', executable: '/bin/bash' }, '/bin/bash "$d"/script </dev/null '],
])('%j runs as %j', async (args, line) => {
  const { steps } = await planModule(script, args, { files });
  const op = steps[0]?.do;

  expect(op?.kind === 'exec' && op.command.text.split('\n').at(-1)).toBe(line);
});

test('nothing runs when what it creates is there', async () => {
  const host = { files: { '/opt/tool': 'x' } };

  expect((await planModule(script, { cmd: 'a.sh', creates: '/opt/tool' }, { files, host })).steps).toEqual([]);
});

test('a script that is not there is found before a host is touched', async () => {
  await expect(planModule(script, { cmd: 'nope.sh' })).rejects.toThrow('there is no file nope.sh');
});
