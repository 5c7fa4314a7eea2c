import { sha256Hex } from '../base/digest.ts';

/**
 * Hands out names that nobody can guess and that are the same when a run with this seed comes the same way again: 32 hex
 * digits for each time that a host comes to a task.
 */
export function uniqueNames(seed: string): (host: string, task: string) => string {
  const visits = new Map<string, number>();
  return (host, task) => {
    const key = `${host}\0${task}`;
    const visit = (visits.get(key) ?? 0) + 1;
    visits.set(key, visit);
    return sha256Hex(`${seed}\0${key}\0${visit}`).slice(0, 32);
  };
}
