import type { BenchHost } from '../bench-host.ts';
import type { Stage } from '../stage.ts';
import type { Work } from '../work.ts';

/** A program with its arguments, and what is added to its environment. */
export interface Command {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export type MakeCommand = (stage: Stage, hosts: readonly BenchHost[]) => Command;

/** Something that is measured. */
export interface Tool {
  readonly name: string;
  /** For the page: with what makes it this variant. */
  readonly title: string;
  /** Where it is installed: k3sbox on this machine, all others in the base. */
  readonly place: 'machine' | 'base';
  /** How it does each work item, on all hosts at once where it can. */
  readonly commands: Readonly<Partial<Record<Work, MakeCommand>>>;
  /** With how many hosts a work item is done unless it is asked for by name: some take many minutes. */
  readonly mostHosts?: Readonly<Partial<Record<Work, number>>>;
  /** How often a work item is timed unless it is asked for by name. */
  readonly mostRuns?: number;
  /** A path in the base without which it is not there, and why it may be missing. */
  readonly needs?: { readonly path: string; readonly orElse: string };
  /** Round trips of the last run after connecting, of the host with most; only k3sbox counts them. */
  roundTrips?(stage: Stage): number | undefined;
}
