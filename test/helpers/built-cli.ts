import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

export interface BuiltCli {
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

/** Builds k3sbox as it is shipped, into a folder of its own. */
export function buildCli(): BuiltCli {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-built-'));
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const tsc = join(root, 'node_modules/.bin/tsc');
  const outDir = join(folder, 'dist');
  const { stdout } = spawnSync(tsc, ['-p', join(root, 'tsconfig.build.json'), '--outDir', outDir], {
    encoding: 'utf8',
  });
  // What has type errors is written all the same; finding those is not the job of the tests that need a program.
  if (!existsSync(join(outDir, 'cli/main.js'))) throw new Error(`nothing was built: ${stdout}`);
  const start = (cwd: string, words: readonly string[]): RunningCli =>
    startCli(join(folder, 'dist/cli/main.js'), cwd, words);
  return {
    start,
    run: (cwd, ...words) => start(cwd, words).ended,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function startCli(main: string, cwd: string, words: readonly string[]): RunningCli {
  const { NO_COLOR: _, FORCE_COLOR: __, ...env } = process.env;
  const child = spawn(process.execPath, [main, ...words], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
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
