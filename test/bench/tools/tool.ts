import type { BenchHost } from '../bench-host.ts';
import type { Stage } from '../stage.ts';
import type { Work } from '../work.ts';

/** A program with its arguments, and what is added to its environment. */
export interface Command {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Something that is measured. */
export interface Tool {
  readonly name: string;
  /** For the page: with what makes it this variant. */
  readonly title: string;
  /** Where it is installed: k3sbox on this machine, all others in the base. */
  readonly place: 'machine' | 'base';
  /** How it does a work item, on all hosts at once where it can; undefined where it has no way. */
  command(work: Work, stage: Stage, hosts: readonly BenchHost[]): Command | undefined;
  /** Round trips of the last run after connecting, of the host with most; only k3sbox counts them. */
  roundTrips?(stage: Stage): number | undefined;
}
