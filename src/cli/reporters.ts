import { DriftJunitReporter } from '../report/drift-junit-reporter.ts';
import { JsonReporter } from '../report/json-reporter.ts';
import { JunitReporter } from '../report/junit-reporter.ts';
import { PlainReporter } from '../report/plain-reporter.ts';
import { PlanJsonReporter, PlanReporter } from '../report/plan-report.ts';
import { ProfileReporter } from '../report/profile.ts';
import type { Reporter, WriteLine } from '../report/reporter.ts';
import { makeStyle } from '../report/style.ts';
import { TreeReporter } from '../report/tree-reporter.ts';
import type { Cli } from './cli.ts';
import type { OutputOptions } from './options.ts';

/** The listeners of one run. */
export interface Reporters {
  readonly all: readonly Reporter[];
  /** Shows what is left to show and gives the terminal back. */
  close(): Promise<void>;
  /** Gives the terminal back at once. */
  readonly restore: () => void;
}

/** The reporters for `run`, `rollback` and `check`. */
export function runReporters(
  { io }: Cli,
  { output, verbose, diff = false, profile = false }: OutputOptions,
): Reporters {
  const style = makeStyle(io.stdout.colour);
  const options = { style, verbosity: verbose, diff };
  const write: WriteLine = (line) => io.stdout.write(`${line}\n`);
  const { terminal } = io.stdout;
  const isLive = output === 'tree' || output === 'auto';
  const tree = isLive && terminal !== undefined ? new TreeReporter(terminal, options) : undefined;
  const main = tree ?? lineReporter(output, write, options);
  // Machines read standard output: times are for people then.
  const isForPeople = output !== 'json' && output !== 'junit';
  const times: WriteLine = isForPeople ? write : (line) => io.stderr.write(`${line}\n`);
  return bundle([main, ...(profile ? [new ProfileReporter(times, style)] : [])], tree);
}

/** The reporters for `plan`: the plan itself, and on a terminal what is going on meanwhile. */
export function planReporters(cli: Cli, { output, verbose }: Pick<OutputOptions, 'output' | 'verbose'>): Reporters {
  const { io } = cli;
  const style = makeStyle(io.stdout.colour);
  const lines: string[] = [];
  const main =
    output === 'json'
      ? new PlanJsonReporter((line) => lines.push(line))
      : new PlanReporter((line) => lines.push(line), { style, verbosity: verbose });
  const progress = progressOf(cli, output);
  const print: Reporter = {
    onEvent: (event) => main.onEvent(event),
    async close() {
      // After the live view is gone: both may be on one terminal.
      for (const line of lines) io.stdout.write(`${line}\n`);
    },
  };
  return bundle([...(progress === undefined ? [] : [progress]), print], progress);
}

/** The reporters for `drift`. */
export function driftReporters({ io }: Cli, { output, verbose }: Pick<OutputOptions, 'output' | 'verbose'>): Reporters {
  const write: WriteLine = (line) => io.stdout.write(`${line}\n`);
  const options = { style: makeStyle(io.stdout.colour), verbosity: verbose, onlyDrift: true };
  if (output === 'junit') return bundle([new DriftJunitReporter(write)], undefined);
  return bundle(
    [output === 'json' ? new PlanJsonReporter(write, options) : new PlanReporter(write, options)],
    undefined,
  );
}

/** What is going on, on a terminal; nothing anywhere else. */
export function progressReporters(cli: Cli, { output }: Pick<OutputOptions, 'output'>): Reporters {
  const progress = progressOf(cli, output);
  return bundle(progress === undefined ? [] : [progress], progress);
}

function progressOf({ io }: Cli, output: OutputOptions['output']): TreeReporter | undefined {
  const { terminal } = io.stderr;
  if (terminal === undefined || output === 'plain') return undefined;
  return new TreeReporter(terminal, {
    style: makeStyle(io.stderr.colour),
    verbosity: 0,
    diff: false,
    onlyProgress: true,
  });
}

function lineReporter(
  output: OutputOptions['output'],
  write: WriteLine,
  options: ConstructorParameters<typeof PlainReporter>[1],
): Reporter {
  if (output === 'json') return new JsonReporter(write);
  return output === 'junit' ? new JunitReporter(write) : new PlainReporter(write, options);
}

function bundle(all: readonly Reporter[], tree: TreeReporter | undefined): Reporters {
  const restore = (): void => tree?.restore();
  // However this process ends, the cursor comes back.
  process.once('exit', restore);
  return {
    all,
    async close() {
      for (const reporter of all) await reporter.close?.();
      process.off('exit', restore);
    },
    restore,
  };
}
