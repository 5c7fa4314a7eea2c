import type { Answer } from './answers.ts';
import type { Become, Session } from './session.ts';

/** Undefined: the login user. */
export type RunAs = Become | undefined;

export interface UserSession {
  readonly opened: Promise<Session>;
  locked: boolean;
  /** Read once, until somebody wants them anew. */
  facts: Answer | undefined;
}

/** The sessions of one host, one for each of its users. */
export class UserSessions {
  readonly #open: (as: RunAs) => Promise<Session>;
  readonly #sessions = new Map<string, UserSession>();

  constructor(open: (as: RunAs) => Promise<Session>) {
    this.#open = open;
  }

  get all(): readonly UserSession[] {
    return [...this.#sessions.values()];
  }

  /** Opens one when there is none, or when the last one is gone: a rollback after a lost connection, a reboot. */
  of(as: RunAs): UserSession {
    const key = as?.user ?? '';
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const entry: UserSession = { opened: this.#open(as), locked: false, facts: undefined };
    this.#sessions.set(key, entry);
    const forget = (): void => {
      if (this.#sessions.get(key) === entry) this.#sessions.delete(key);
    };
    entry.opened.then(({ gone }) => gone.addEventListener('abort', forget, { once: true })).catch(forget);
    return entry;
  }

  /** Forgets them all, for the caller to end. */
  take(): readonly UserSession[] {
    const { all } = this;
    this.#sessions.clear();
    return all;
  }
}

/**
 * Ends sessions in good order; each of the `locked` ones runs a last script before.
 * @returns the users of those whose script did not succeed
 */
export async function endSessions(
  sessions: readonly UserSession[],
  locked: readonly { readonly as: RunAs; readonly entry: UserSession }[],
  last: string | undefined,
): Promise<readonly RunAs[]> {
  const stuck = await Promise.all(
    sessions.map(async (entry) => {
      const held = locked.find((one) => one.entry === entry);
      const exitCode = await entry.opened.then((session) => session.close(held && last)).catch(() => undefined);
      return held === undefined || exitCode === 0 ? [] : [held.as];
    }),
  );
  return stuck.flat();
}
