import { type ChildProcess, spawn } from 'node:child_process';
import { copyFileSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

import { bundle } from '../../scripts/bundle.ts';

const root = resolve(import.meta.dirname, '../..');

type Wrap = (argv: readonly string[]) => readonly string[];

export interface BuiltCli {
  /** The words that start it, before its own. */
  readonly argv: readonly string[];
  /** Starts k3sbox as a process of its own. */
  start(cwd: string, words: readonly string[]): RunningCli;
  /** Runs it to its end. */
  run(cwd: string, ...words: readonly string[]): Promise<EndedCli>;
  remove(): void;
}

export interface EndedCli {
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly child: ChildProcess;
  /** Resolves when standard output or standard error has something like this; rejects when it ends without. */
  seen(pattern: RegExp): Promise<void>;
  readonly ended: Promise<EndedCli>;
}

/** Builds k3sbox as it is shipped, into a folder of its own. `wrap` makes an argv the one that runs it elsewhere. */
export async function buildCli(wrap: Wrap = (argv) => argv): Promise<BuiltCli> {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-built-'));
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  await bundle(join(folder, 'dist'));
  const argv = [process.execPath, join(folder, 'dist/cli/main.js')];
  const start = (cwd: string, words: readonly string[]): RunningCli => startCli(wrap([...argv, ...words]), cwd);
  return {
    argv,
    start,
    run: (cwd, ...words) => start(cwd, words).ended,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function startCli([program = '', ...words]: readonly string[], cwd: string): RunningCli {
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
  const child = spawn(program, words, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const texts = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8');
    child[name].on('data', (text: string) => {
      texts[name] += text;
      for (const listener of listeners) listener();
    });
  }
  const ended = new Promise<EndedCli>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done({ exitCode: code ?? undefined, ...texts }));
  });
  const seen = (pattern: RegExp): Promise<void> =>
    new Promise((done, fail) => {
      const look = (): void => {
        if (pattern.test(texts.stdout) || pattern.test(texts.stderr)) done();
      };
      listeners.add(look);
      look();
      void ended.then(() => fail(new Error(`ended without ${String(pattern)}: ${texts.stdout}${texts.stderr}`)), fail);
    });
  return { child, seen, ended };
}
