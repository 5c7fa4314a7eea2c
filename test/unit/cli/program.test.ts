import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { newCli } from '../../../src/cli/cli.ts';
import { completionScript } from '../../../src/cli/completion-script.ts';
import { systemIo } from '../../../src/cli/io.ts';
import { buildProgram } from '../../../src/cli/program.ts';
import { k3sbox } from '../../helpers/cli.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'k3sbox-cli-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

describe('the command line', () => {
  test('without a command shows help and is wrong usage', async () => {
    const { exitCode, stderr } = await k3sbox(cwd);

    expect(exitCode).toBe(2);
    expect(stderr).toContain('Usage: k3sbox [options] [command]');
  });

  test('prints its version', async () => {
    const { version }: { version: string } = JSON.parse(readFileSync('package.json', 'utf8'));

    expect(await k3sbox(cwd, '--version')).toEqual({ exitCode: 0, stdout: `${version}\n`, stderr: '' });
  });

  test.each([
    [['rum'], "error: unknown command 'rum'\n(Did you mean run?)\nsee: k3sbox --help\n"],
    [['runs', 'list', '--wrong'], "error: unknown option '--wrong'\nsee: k3sbox runs list --help\n"],
    [
      ['runs', 'prune', '--keep', '-1'],
      "error: option '--keep <n>' argument '-1' is invalid. It must be a whole number, 0 or more.\nsee: k3sbox runs prune --help\n",
    ],
    [['doc', 'cpy'], 'error: there is no module `cpy`\n    hint     Did you mean `copy`?\n'],
  ])('%j is wrong usage, and says why', async (words, stderr) => {
    expect(await k3sbox(cwd, ...words)).toEqual({ exitCode: 2, stdout: '', stderr });
  });

  test('every command says what it does', () => {
    const program = buildProgram(newCli(systemIo()));
    const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];

    for (const command of all(program)) {
      expect(command.description(), command.name()).not.toBe('');
      for (const option of command.options) expect(option.description, option.flags).toMatch(/^[a-z`]/);
    }
  });
});

describe('doc', () => {
  test('lists every module with a sentence', async () => {
    const { stdout } = await k3sbox(cwd, 'doc');

    expect(stdout).toMatch(/^copy +Put a file/m);
  });

  test('explains one module', async () => {
    const { stdout } = await k3sbox(cwd, 'doc', 'copy');

    expect(stdout).toMatch(/^copy\n\nPut a file/);
    expect(stdout).toContain('  dest            Where to put it.');
    expect(stdout).toContain('  - name: A message of the day\n    copy:\n      dest: /etc/motd');
  });
});

describe('init', () => {
  test('writes a project and says how to go on', async () => {
    expect((await k3sbox(cwd, 'init', 'demo')).stdout).toBe(
      [
        'wrote demo/inventories/example.yaml',
        'wrote demo/site.yaml',
        'wrote demo/templates/hello.txt.hbs',
        'look at what it would do: cd demo && k3sbox plan site.yaml -i example',
        '',
      ].join('\n'),
    );
  });

  test('overwrites nothing', async () => {
    await k3sbox(cwd, 'init');

    expect(await k3sbox(cwd, 'init')).toMatchObject({
      exitCode: 2,
      stderr: expect.stringContaining('inventories/example.yaml is there already'),
    });
  });
});

function complete(...words: readonly string[]): string[] {
  const script = completionScript('bash', buildProgram(newCli(systemIo())));
  const set = `COMP_WORDS=(k3sbox "$@"); COMP_CWORD=$#; _k3sbox; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', `${script}\n${set}`, '-', ...words], { encoding: 'utf8' })
    .trim()
    .split('\n');
}

describe('completion', () => {
  test.each([
    [['ru'], ['runs']],
    [['runs', 's'], ['show']],
    [
      ['runs', 'show', '--output', ''],
      ['plain', 'json', 'junit'],
    ],
    [['runs', 'prune', '--k'], ['--keep']],
    [
      ['schema', ''],
      ['playbook', 'inventory', '--help'],
    ],
    [['runs', 'prune', '--keep', ''], ['']],
  ])('%j becomes %j', (words, expected) => {
    expect(complete(...words)).toEqual(expect.arrayContaining(expected));
  });

  test.each(['bash', 'zsh', 'fish'] as const)('the script for %s parses there', (shell) => {
    const script = completionScript(shell, buildProgram(newCli(systemIo())));
    const { status, error } = spawnSync(shell, ['-n'], { input: script });

    expect(error !== undefined || status === 0).toBe(true);
  });
});
