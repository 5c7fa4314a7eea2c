import type { PackageManager } from '../base/op.ts';
import type { ShellCommand } from '../base/sh.ts';

/**
 * A question to a host, as plain data. Queries only look. Equal queries of one segment are asked once, and queries of one
 * kind travel and run together. The digest of a task's answers is its guard.
 */
export type Query =
  | {
      readonly kind: 'path';
      readonly path: string;
      readonly follow?: true;
      readonly want?: 'sum' | 'content';
      /** The checksum of a content that need not travel, since it is known. */
      readonly unless?: string;
    }
  | { readonly kind: 'tree'; readonly path: string; readonly want?: 'sum' }
  | { readonly kind: 'unit'; readonly unit: string }
  | { readonly kind: 'package'; readonly manager: PackageManager; readonly name: string; readonly latest?: true }
  | { readonly kind: 'account'; readonly database: 'passwd' | 'group'; readonly name: string }
  | {
      readonly kind: 'probe';
      readonly command: ShellCommand;
      readonly stdin?: string;
      readonly timeoutMs?: number;
      readonly unguarded?: true;
    }
  | { readonly kind: 'facts' };

export type PathType = 'absent' | 'file' | 'directory' | 'link' | 'other';

/** What stands at a path. A symbolic link is described itself unless the query said `follow`. */
export interface PathState {
  readonly path: string;
  readonly type: PathType;
  /** Octal without a leading zero: "644", "1777". Empty when absent. */
  readonly mode: string;
  readonly owner: string;
  readonly group: string;
  readonly uid: number;
  readonly gid: number;
  readonly sizeBytes: number;
  /** The type and mode as the kernel has them, for what is none of our types; absent when predicted. */
  readonly bits?: number;
  /** Seconds since 1970. Not part of the guard. */
  readonly modifiedAt: number;
  /** Where a link points; of a link that was followed, the path in the end. Change that one, not the link. */
  readonly target?: string;
  /** Lower-case hex, of regular files, when asked for. */
  readonly sha256?: string;
  /** Of regular files up to 4 MiB, when asked for; not when it is the one that need not travel. */
  readonly content?: Buffer;
}

export interface UnitState {
  readonly unit: string;
  /** False when systemd knows no such unit. */
  readonly exists: boolean;
  /** "loaded", "not-found", "masked", "bad-setting". Empty where there is no systemd. */
  readonly loadState: string;
  readonly active: boolean;
  /** systemd's words: "active", "inactive", "failed", "activating". */
  readonly activeState: string;
  readonly subState: string;
  /** "enabled", "disabled", "static", "masked", "alias", "". */
  readonly unitFileState: string;
  readonly enabled: boolean;
  readonly needsDaemonReload: boolean;
  readonly mainPid: number;
  readonly restarts: number;
}

export interface PackageState {
  readonly name: string;
  /** Undefined when it is not installed. */
  readonly version: string | undefined;
  /** What `latest` would install, when asked for. */
  readonly candidate?: string;
}

export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly comment: string;
  readonly home: string;
  readonly shell: string;
  /** Names of the supplementary groups, sorted. */
  readonly groups: readonly string[];
}

export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

/** The result of a read-only command. Output is bounded to 1 MiB each. */
export interface ProbeResult {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
}
