import type { Answer } from '../host/answers.ts';
import type { Query } from '../host/query.ts';
import type { RunAs } from '../host/host.ts';
import type { Plannable } from './plannable.ts';

/**
 * What the next segment's tasks will ask first is asked with the questions of this one, and once more behind its last act: it saves a
 * round trip. Answers to the first are forgotten when something was done since.
 */
export class ReadAhead {
  #next: readonly Plannable[] = [];
  #kept: { readonly user: string | undefined; readonly answers: ReadonlyMap<string, Answer> } | undefined;

  /** These come next, as the same user. */
  expect(next: readonly Plannable[]): void {
    this.#next = next;
  }

  /** What comes next: told once. */
  takeNext(): readonly Plannable[] {
    const next = this.#next;
    this.#next = [];
    return next;
  }

  /** Nothing was done since these were given. */
  keep(as: RunAs, answers: ReadonlyMap<string, Answer>): void {
    this.#kept = { user: as?.user, answers };
  }

  /** The answers that still hold: given once, since whoever takes them may act. */
  take(as: RunAs): ReadonlyMap<string, Answer> {
    const kept = this.#kept;
    this.#kept = undefined;
    return kept !== undefined && kept.user === as?.user ? kept.answers : new Map();
  }
}

/** Cheap to ask even if the task is skipped in the end; a command of a module may be neither. */
export function isAskedAhead({ kind }: Query): boolean {
  return kind === 'path' || kind === 'unit' || kind === 'account';
}
