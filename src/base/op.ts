import type { ShellCommand } from './sh.ts';

/** Rights of a path: `mode` is octal text without a leading zero ("644", "4755"); absent members stay as they are. */
export interface Ownership {
  readonly mode?: string;
  /** Name or number. */
  readonly owner?: string;
  readonly group?: string;
}

/**
 * One change on one host, as plain data: printable in a dry run, comparable in a test, storable in the journal.
 *
 * The ops that name paths, units and packages undo themselves: before they act, the host saves what is there. An
 * `exec` is undone by the step's `undo`, by what it `saves`, or not at all.
 */
export type Op =
  | FileOp
  | DirectoryOp
  | LinkOp
  | RemoveOp
  | AttributesOp
  | UnitOp
  | PackageOp
  | ExecOp
  | WaitOp
  | RebootOp;

/** Makes `path` a regular file with this content: written beside it, synced, renamed over it. */
export interface FileOp extends Ownership {
  readonly kind: 'file';
  readonly path: string;
  readonly content: Content;
  /** Checked on the new content before it replaces the old; `%s` stands for the temporary path. */
  readonly validate?: ShellCommand;
}

/** Bytes for the host. Text is inline; large or binary content is a local file, sent once per host and run. */
export type Content =
  | { readonly from: 'text'; readonly text: string }
  | { readonly from: 'controller'; readonly file: string; readonly sha256: string; readonly sizeBytes: number }
  | { readonly from: 'host'; readonly path: string; readonly sha256?: string };

export interface DirectoryOp extends Ownership {
  readonly kind: 'directory';
  readonly path: string;
}

export interface LinkOp extends Ownership {
  readonly kind: 'link';
  readonly path: string;
  readonly target: string;
  readonly hard?: true;
}

/** Removes a path and everything below it. */
export interface RemoveOp {
  readonly kind: 'remove';
  readonly path: string;
}

export interface AttributesOp extends Ownership {
  readonly kind: 'attributes';
  readonly path: string;
  /** The whole tree below, too. */
  readonly recursive?: true;
}

export type UnitVerb =
  | 'start'
  | 'stop'
  | 'restart'
  | 'reload'
  | 'enable'
  | 'disable'
  | 'mask'
  | 'unmask'
  | 'daemon-reload';

/** One systemctl call. `unit` is empty for daemon-reload. */
export interface UnitOp {
  readonly kind: 'unit';
  readonly unit: string;
  readonly verb: UnitVerb;
  readonly timeoutMs?: number;
  /** Hand the job to systemd and do not wait for it. */
  readonly noBlock?: true;
}

/** Distribution packages. Names may carry a version as the package manager writes it ("rsync=3.2.7-1"). */
export interface PackageOp {
  readonly kind: 'package';
  readonly manager: PackageManager;
  readonly ensure: 'present' | 'latest' | 'absent';
  readonly names: readonly string[];
  readonly purge?: true;
  readonly installRecommends?: boolean;
  readonly refreshCache?: true;
  /** Package files on the host, instead of names (air-gap). */
  readonly files?: readonly string[];
}

export type PackageManager = 'apt' | 'dnf' | 'apk' | 'zypper' | 'pacman';

/** A command. It runs in its own process group with stdin closed unless `stdin` is given. */
export interface ExecOp {
  readonly kind: 'exec';
  readonly command: ShellCommand;
  readonly stdin?: string;
  readonly chdir?: string;
  readonly environment?: Readonly<Record<string, string>>;
  /** The interpreter of `command`, /bin/sh by default. */
  readonly shell?: string;
  /** Exit codes that are not a failure; [0] by default. "any" leaves the verdict to the engine. */
  readonly okExitCodes?: readonly number[] | 'any';
  readonly timeoutMs?: number;
  /** Paths it may change: saved before, restored by undo. */
  readonly saves?: readonly string[];
  /** Runs in the background: it outlives the connection, the controller and sshd. */
  readonly async?: Async;
}

/** How a command runs in the background. */
export interface Async {
  /** After this the host ends it with everything that it has started, whoever is connected. */
  readonly limitMs: number;
  /** How long one look at it waits for news; 0: nobody waits for its end. */
  readonly pollMs: number;
  /** The step that may have started it already: then that is the one, and it is not started again. */
  readonly pickUp?: string;
}

/** Polls until the probe exits 0. */
export interface WaitOp {
  readonly kind: 'wait';
  readonly probe: ShellCommand;
  readonly timeoutMs: number;
  readonly everyMs: number;
  /** Shown when time is up, before the probe's last output: "port 6443 did not open". */
  readonly orElse: string;
}

/** Restarts the machine and comes back when its boot id differs. Not reversible. */
export interface RebootOp {
  readonly kind: 'reboot';
  readonly timeoutMs: number;
  readonly message?: string;
}

/** One op with the sentence that explains it and, for an `exec`, the op that takes it back. */
export interface Step {
  /** Imperative, lower case, no full stop: "write /etc/motd". */
  readonly say: string;
  readonly do: Op;
  /** For ops that do not undo themselves. Must be harmless if `do` never ran or ran only half. Never holds a secret. */
  readonly undo?: Op;
  /**
   * Fails when the step must not be taken back as things are now ("pods still run with it"), and prints why. Asked for all
   * steps of a host before the first one is taken back. Must pass when it cannot tell: what is broken has to go back.
   */
  readonly undoGuard?: ExecOp;
  /** True when there is nothing to take back, so that the step does not count as irreversible. */
  readonly needsNoUndo?: true;
  /** Perform `do` once more when a rollback is through: a restart, so that the old files are the ones in use. */
  readonly againAfterUndo?: true;
  /** False for steps that only wait or look: they do not make the task "changed". */
  readonly changes?: false;
  readonly diff?: Diff;
}

/** What a step would change, for `plan` and `--diff`. Texts are whole; reporters make the unified diff. */
export interface Diff {
  /** What is shown as the header: a path, or "package rsync". */
  readonly of: string;
  readonly before: string;
  readonly after: string;
}

/** Whether the step can be taken back. Waiting changes nothing; reboots and bare commands stay. */
export function isReversible(step: Step): boolean {
  const { do: op } = step;
  if (step.undo !== undefined || step.needsNoUndo || step.changes === false) return true;
  if (op.kind === 'exec') return (op.saves?.length ?? 0) > 0;
  if (op.kind === 'unit') return op.verb !== 'restart' && op.verb !== 'reload' ? true : (step.againAfterUndo ?? false);
  return op.kind !== 'reboot';
}
