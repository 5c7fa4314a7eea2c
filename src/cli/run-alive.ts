import { readdirSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';

import { LockedError } from '../base/errors.ts';
import type { StoredRun } from '../journal/run-store.ts';

/** Whether the controller of a run is still there, as far as this machine can tell. */
export function isAlive({ record: { controller, id } }: StoredRun): boolean {
  if (controller.hostname !== hostname()) return false;
  try {
    process.kill(controller.pid, 0);
  } catch {
    return false;
  }
  return hasJournalOpen(controller.pid, id);
}

/**
 * Two controllers must not work on one run: the locks of its hosts would not hold the second one back.
 * @throws LockedError
 */
export function requireEnded(run: StoredRun): void {
  if (!isAlive(run)) return;
  const { id, controller } = run.record;
  throw new LockedError(`run ${id} is still going on (pid ${controller.pid})`, {
    hint: `Wait until it has ended, or stop it with \`kill ${controller.pid}\`.`,
  });
}

/** The number may have been given to another process since, which has not opened the run's journal. */
function hasJournalOpen(pid: number, run: string): boolean {
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
