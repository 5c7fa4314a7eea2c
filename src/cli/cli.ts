import { InvalidArgumentError } from 'commander';

import { makeStyle, type Style } from '../report/style.ts';
import type { Io } from './io.ts';

/** What every command gets: this process, and where it puts how it ended. */
export interface Cli {
  readonly io: Io;
  exitCode: number;
  /** For the one place that prints errors: how much to say, and about which run. */
  verbosity: number;
  runFolder?: string | undefined;
}

export function newCli(io: Io): Cli {
  return { io, exitCode: 0, verbosity: 0 };
}

/** The style of standard output. */
export function styleOf({ io }: Cli): Style {
  return makeStyle(io.stdout.colour);
}

export function printLine({ io }: Cli, line: string): void {
  io.stdout.write(`${line}\n`);
}

/** For options that may come several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** For `--tags a,b --tags c`. */
export function collectList(value: string, before: readonly string[] | undefined): readonly string[] {
  const names = value.split(',').map((name) => name.trim());
  if (names.includes('')) throw new InvalidArgumentError('It must be names with commas between them.');
  return [...(before ?? []), ...names];
}

/** For options that take a whole number from `least` on. */
export function wholeNumber(least: number): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= least) return number;
    throw new InvalidArgumentError(`It must be a whole number, ${least} or more.`);
  };
}
