import { runCli } from '../../src/cli/run-cli.ts';
import type { Output } from '../../src/cli/io.ts';

export interface CliResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a command line in this process, without a terminal. */
export async function k3sbox(cwd: string, ...words: readonly string[]): Promise<CliResult> {
  const texts = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr'): Output => ({
    terminal: undefined,
    colour: false,
    write(text) {
      texts[name] += text;
    },
  });
  const io = { cwd, env: {}, stdout: output('stdout'), stderr: output('stderr'), canAsk: false, pid: process.pid };
  return { exitCode: await runCli(io, words), ...texts };
}
