import type { PackageManager } from '../base/op.ts';
import type { ShellCommand } from '../base/sh.ts';
import type { Values } from '../base/value.ts';
import type { GroupEntry, PackageState, PasswdEntry, PathState, ProbeResult, UnitState } from './query.ts';

export interface PathOptions {
  /** Look at what a symbolic link leads to. */
  readonly follow?: boolean;
  /** 'content' brings the sum, too. */
  readonly want?: 'sum' | 'content';
  /** The checksum of a content that need not be brought, since it is known. */
  readonly unless?: string;
}

/**
 * What a module may do while it plans: look, not touch. A dry run is safe because nothing else is in its reach.
 *
 * Ask everything that is needed at once (`Promise.all`): questions that are asked together, by all tasks of a segment, cost
 * one round trip; a question that waits for another's answer costs a second one.
 */
export interface HostReader {
  /** The host's name in the inventory. */
  readonly name: string;
  /** Steps whose effects nobody knows come first: what is missing now may be there by then, and is no reason to fail. */
  readonly isLenient?: boolean;
  path(path: string, options?: PathOptions): Promise<PathState>;
  /** Everything below a directory (the directory first), sorted by path; empty when there is none. */
  tree(path: string, options?: { readonly want?: 'sum' }): Promise<readonly PathState[]>;
  unit(unit: string): Promise<UnitState>;
  /** `latest` also asks what the newest version is. */
  package(manager: PackageManager, name: string, options?: { readonly latest?: boolean }): Promise<PackageState>;
  user(name: string): Promise<PasswdEntry | undefined>;
  group(name: string): Promise<GroupEntry | undefined>;
  /**
   * Runs a command that changes nothing, for at most 30 s unless told otherwise. Its output is part of the task's guard;
   * `unguarded` keeps it out, for answers that change by themselves (times, counters). Better: print only what matters.
   */
  probe(
    command: ShellCommand,
    options?: { readonly stdin?: string; readonly timeoutMs?: number; readonly unguarded?: boolean },
  ): Promise<ProbeResult>;
  /** Facts by name, without the `ansible_` prefix; read once per host. */
  facts(): Promise<Values>;
}
