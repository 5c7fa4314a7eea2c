import { setTimeout as delay } from 'node:timers/promises';

import pLimit, { type LimitFunction } from 'p-limit';

import { DroppedError } from './explain.ts';

/** sshd's default MaxStartups begins to drop at ten logins under way; two are left for others. */
const loginsAtATime = 8;

/** Waits between attempts, in milliseconds; each is stretched by up to half, so that the dropped do not come back as one. */
const backOffMs = [100, 200, 400, 800, 1600, 3000, 3000];

/**
 * Holds back logins so that a host is not asked for more at a time than it takes. Each drop lowers what is asked of the address by one,
 * and the dropped stand in line again after a while. Nothing else is ever tried again: a refused login least of all.
 */
export class LoginLimits {
  readonly #limits = new Map<string, LimitFunction>();

  /** Runs `attempt` when it is its turn at `address`. Rejects with its error, or with the reason of `signal`. */
  async run<T>(address: string, attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const limit = this.#limitFor(address);
    const inTurn = (): Promise<T> =>
      limit(() => {
        signal?.throwIfAborted();
        return attempt();
      });
    for (const pauseMs of backOffMs) {
      try {
        return await inTurn();
      } catch (error) {
        if (!(error instanceof DroppedError)) throw error;
      }
      limit.concurrency = Math.max(1, limit.concurrency - 1);
      // The next turn finds out that the signal was aborted.
      await delay(pauseMs * (1 + Math.random() / 2), undefined, signal && { signal }).catch(() => {});
    }
    return inTurn();
  }

  #limitFor(address: string): LimitFunction {
    const known = this.#limits.get(address);
    if (known !== undefined) return known;
    const limit = pLimit(loginsAtATime);
    this.#limits.set(address, limit);
    return limit;
  }
}
