import { randomUUID } from 'node:crypto';
import { closeSync, linkSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import { LockedError, UsageError } from '../base/errors.ts';
import { describeIoError } from './io-error.ts';
import type { RunRecord } from './run-record.ts';
import type { StoredRun } from './run-store.ts';

/** A process that carries a run out. */
export type Controller = RunRecord['controller'];

/** One controller leads a run at a time: the locks of its hosts would not hold a second one back. */
export interface Lead {
  /** False when somebody has taken the run over. */
  isHeld(): boolean;
  release(): void;
}

/**
 * Takes the lead of a run, if need be from a controller that is not there any more: `isThere` knows. The file that says so stays
 * open, which shows other processes that its number was not given to another one.
 * @throws LockedError when somebody else leads it, UsageError when the folder cannot be written
 */
export function takeLead(run: StoredRun, me: Controller, isThere: (controller: Controller) => boolean): Lead {
  const { folder } = run;
  const draft = join(folder, `.leader.${me.pid}`);
  const text = JSON.stringify({ ...me, token: randomUUID() });
  let fd: number | undefined;
  try {
    fd = openSync(draft, 'w', 0o600);
    writeSync(fd, text);
    while (!isLinked(draft, leaderFile(folder))) {
      const other = readLeader(folder);
      if (other !== undefined && isThere(other)) throw isLed(run, other);
      if (other !== undefined) takeAway(folder, other.text);
    }
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    if (error instanceof LockedError) throw error;
    throw new UsageError(`run ${run.record.id} cannot be led from here: ${describeIoError(error)}`, { cause: error });
  } finally {
    rmSync(draft, { force: true });
  }
  const held = fd;
  const isHeld = (): boolean => readLeader(folder)?.text === text;
  return {
    isHeld,
    release() {
      if (isHeld()) rmSync(leaderFile(folder), { force: true });
      closeSync(held);
    },
  };
}

/** Who leads a run, there or not; undefined when nobody does. */
export function leaderOf({ folder }: StoredRun): Controller | undefined {
  return readLeader(folder);
}

/** Why nobody else may lead the run. */
export function isLed({ record: { id } }: StoredRun, { pid }: Controller): LockedError {
  return new LockedError(`run ${id} is still going on (pid ${pid})`, {
    hint: `Wait until it has ended, or stop it with \`kill ${pid}\`.`,
  });
}

function leaderFile(folder: string): string {
  return join(folder, 'leader');
}

/** A link is made whole or not at all, and by one process only. */
function isLinked(from: string, to: string): boolean {
  try {
    linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
}

/** Somebody else may have done so, and lead the run by now: then theirs is put back. */
function takeAway(folder: string, text: string): void {
  const old = join(folder, `.leader.${randomUUID()}`);
  try {
    renameSync(leaderFile(folder), old);
  } catch {
    return;
  }
  if (readFileSync(old, 'utf8') !== text) isLinked(old, leaderFile(folder));
  rmSync(old, { force: true });
}

function readLeader(folder: string): (Controller & { readonly text: string }) | undefined {
  try {
    const text = readFileSync(leaderFile(folder), 'utf8');
    const { pid, hostname }: Partial<Controller> = JSON.parse(text);
    return { pid: Number(pid), hostname: String(hostname), text };
  } catch {
    return undefined;
  }
}
