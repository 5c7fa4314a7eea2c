import { readdirSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

import type { Journal } from '../journal/journal.ts';
import { type Controller, isLed, leaderOf } from '../journal/leader.ts';
import type { StoredRun } from '../journal/run-store.ts';
import { LocalBackend } from '../run/fleet/local-backend.ts';
import type { Io } from './io.ts';

/** Whether a controller of a run is still at work, as far as this machine can tell. */
export function isAlive(run: StoredRun): boolean {
  const leader = leaderOf(run);
  return leader !== undefined && isThere(leader, run.record.id);
}

/** Leads a run from this process; `open` opens its journal. @throws LockedError when another controller is at work on it */
export function leadRun(run: StoredRun, { pid }: Pick<Io, 'pid'>, open: (me: Controller) => Journal): LocalBackend {
  const me: Controller = { pid, hostname: hostname() };
  return LocalBackend.lead(run, me, { isThere: (other) => isThere(other, run.record.id), open: () => open(me) });
}

function isThere(controller: Controller, run: string): boolean {
  if (controller.hostname !== hostname()) return false;
  try {
    process.kill(controller.pid, 0);
  } catch {
    return false;
  }
  return hasFolderOpen(controller.pid, run);
}

/**
 * Two controllers must not work on one run: the locks of its hosts would not hold the second one back.
 * @throws LockedError
 */
export function requireEnded(run: StoredRun): void {
  const leader = leaderOf(run);
  if (leader !== undefined && isThere(leader, run.record.id)) throw isLed(run, leader);
}

/** The number may have been given to another process since, which has nothing in the run's folder open. */
function hasFolderOpen(pid: number, run: string): boolean {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).some((fd) => targetOf(`${folder}/${fd}`).includes(`/runs/${run}/`));
  } catch {
    // Not Linux, or somebody else's process.
    return true;
  }
}

function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}
