import type { RunAs } from './user-sessions.ts';

/** The groups sent to a host so far, by user: their numbers name the undo files, also over a reconnect. */
export class GroupNumbers {
  readonly #last = new Map<string, number>();

  /** The number for the next group of steps of this user: "0003". */
  next(as: RunAs): string {
    const key = as?.user ?? '';
    const next = (this.#last.get(key) ?? 0) + 1;
    this.#last.set(key, next);
    return String(next).padStart(4, '0');
  }

  /** From now on groups are numbered behind these, by user ("" for the login user): a resumed run uses no name twice. */
  continueBehind(last: ReadonlyMap<string, number>): void {
    for (const [user, number] of last) this.#last.set(user, Math.max(number, this.#last.get(user) ?? 0));
  }
}
