import { expect, test } from 'vitest';

import { command } from '../../../src/modules/command.ts';
import { planModule } from '../../helpers/plan-module.ts';

const run = async (args: Parameters<typeof planModule<typeof command.args>>[1], host = {}) => {
  const { steps } = await planModule(command, args, { host });
  return steps[0]?.do;
};

test.each([
  ['uname -r', 'uname -r'],
  ['echo "two words" and\\ more', "echo 'two words' 'and more'"],
  ["printf '%s\\n' $HOME | wc", "printf '%s\\n' '$HOME' '|' wc"],
  ['echo ""', "echo ''"],
  ['echo "a \\"quoted\\" \\n"', `echo 'a "quoted" \\n'`],
])('the line %j is run as %j', async (cmd, text) => {
  expect(await run({ cmd })).toEqual({ kind: 'exec', command: { text, redacted: text }, okExitCodes: 'any' });
});

test('a list of words needs no splitting', async () => {
  expect(await run({ argv: ['echo', "it's", 5] })).toMatchObject({ command: { text: String.raw`echo 'it'\''s' 5` } });
});

test.each([
  ['an existing path', { creates: '/opt/tool' }, 'skipped: /opt/tool exists'],
  ['a path in the folder it runs in', { creates: 'tool', chdir: '/opt' }, 'skipped: tool exists'],
  ['a pattern that fits', { creates: '/opt/t*' }, 'skipped: /opt/t* exists'],
  ['a missing path to remove', { removes: '/opt/other' }, 'skipped: /opt/other does not exist'],
])('nothing runs for %s', async (_title, args, message) => {
  const host = { files: { '/opt/tool': 'x' }, probes: [{ when: '/opt/t*;', exitCode: 0 }] };

  expect(await planModule(command, { cmd: 'make', ...args }, { host })).toEqual({
    steps: [],
    message,
    result: { cmd: 'make', msg: message },
  });
});

test('what is created does not exist: the command runs, in its folder, with its input', async () => {
  const args = { cmd: 'make', creates: '/opt/tool', removes: '/opt/src', chdir: '~/src', stdin: 'yes' };

  expect(await run(args, { files: { '/opt/src': { type: 'directory' } } })).toMatchObject({
    chdir: '/root/src',
    stdin: 'yes\n',
  });
});

test('standard input is kept as it is when that is asked for', async () => {
  expect(await run({ cmd: 'cat', stdin: 'no newline', stdin_add_newline: false })).toMatchObject({
    stdin: 'no newline',
  });
});

test.each([
  ['', 'must not be empty'],
  ['echo "open', 'the command line is empty or has a quote that is not closed'],
  ['  ', 'the command line is empty or has a quote that is not closed'],
  ['A=1 make', 'A=1 is no program'],
])('the line %j is refused', async (cmd, message) => {
  const planned = planModule(command, { cmd });

  await expect(planned).rejects.toThrow(cmd === '' ? /too_small/ : message);
});

test('either a line or a list of words is needed', () => {
  expect(command.args.safeParse({}).success).toBe(false);
  expect(command.args.safeParse({ cmd: 'a', argv: ['a'] }).success).toBe(false);
});
