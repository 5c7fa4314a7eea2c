import { spawnSync } from 'node:child_process';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { quote, sh } from '../../../src/base/sh.ts';
import { type IsolatedOptions, renderIsolated } from '../../../src/host/isolated.ts';

const shells: [name: string, shell: [string, ...string[]]][] = [
  ['dash', ['dash']],
  ['bash', ['bash']],
  ['busybox sh', ['busybox', 'sh']],
];
const delimiter = 'END0123456789abcdef';

/** What a script prints that runs the command in the middle, and how the command ended. */
function run([program, ...words]: [string, ...string[]], command: string, options: Partial<IsolatedOptions> = {}) {
  const isolated = renderIsolated(sh.raw(command), { delimiter, ...options });
  const script = `x=outer\n${isolated}\necho "=$?"; echo "$x" still here; cat\n`;
  // A file, not stdin: shells read a script from stdin in blocks of their own.
  const { stdout, stderr } = spawnSync(program, [...words, '-c', script], {
    input: 'input of the script',
    encoding: 'utf8',
    stdio: ['pipe', 'pipe', 'pipe', 'ignore', 'ignore', 'ignore', 'ignore', 'ignore'],
  });
  const [, output = '', exitCode, rest] = /^([^]*)=(\d+)\n([^]*)$/.exec(stdout) ?? [];
  return { output, exitCode: Number(exitCode), rest, stderr };
}

const unharmed = 'outer still here\ninput of the script';

describe.each(shells)('a command in %s', (_name, shell) => {
  test.each<[title: string, command: string, output: string, exitCode: number]>([
    ['runs', 'echo hi', 'hi\n', 0],
    ['has its own exit code', 'exit 3', '', 3],
    ['can be several lines, with a here-document of its own', 'cat <<EOT\na $((1+1))\nEOT\necho b', 'a 2\nb\n', 0],
    ['cannot harm the rest with an open quote', 'echo "', '', 2],
    ['cannot harm the rest with a broken word', 'if; then', '', 2],
    ['cannot change the rest: variables', 'x=inner; echo $x', 'inner\n', 0],
    ['cannot change the rest: exec', 'exec echo replaced', 'replaced\n', 0],
    ['cannot read the input of the rest', 'cat; echo empty', 'empty\n', 0],
    ['ends by a signal with 128 more', 'kill -9 $$', '', 137],
    ['is not there', 'no-such-command', '', 127],
    ['has no descriptors of ours', 'for f in 7 8 9; do (true >&$f) 2>/dev/null && echo $f; done; :', '', 0],
    ['shows in no list of processes', 'secret=hunter2; tr "\\0" " " </proc/$$/cmdline | grep -c hunter2', '0\n', 1],
  ])('%s', (_title, command, output, exitCode) => {
    const ran = run(shell, command);

    expect(ran).toMatchObject({ output, rest: unharmed });
    expect(ran.exitCode === exitCode || (exitCode === 2 && ran.exitCode > 0)).toBe(true);
  });

  test('gets its input, environment and folder, whatever is in them', () => {
    const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));
    fc.assert(
      fc.property(text, text, (stdin, value) => {
        const ran = run(shell, 'pwd; printf "%s" "$VALUE"; printf "\\0"; cat', {
          stdin,
          chdir: '/usr/share',
          environment: { VALUE: value, OTHER: 'x' },
        });

        expect(ran).toMatchObject({ output: `/usr/share\n${value}\0${stdin}`, rest: unharmed, exitCode: 0 });
      }),
      { numRuns: 8 },
    );
  });

  test('whatever it is, its text arrives byte for byte', () => {
    const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''));
    fc.assert(
      fc.property(text, (word) => {
        expect(run(shell, `printf %s ${quote(word)}`).output).toBe(word);
      }),
      { numRuns: 8 },
    );
  });

  test('is not run where its folder is missing', () => {
    expect(run(shell, 'echo run', { chdir: '/no/such folder' })).toMatchObject({ output: '', rest: unharmed });
  });
});

test('the interpreter and what stands before it are words of the script', () => {
  const options = { shell: '/bin/bash', prefix: 'env A=b' };

  expect(run(['dash'], 'echo ${BASH_VERSION:+bash} $A', options).output).toBe('bash b\n');
});
