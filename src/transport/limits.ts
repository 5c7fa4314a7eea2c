import { setTimeout as delay } from 'node:timers/promises';

import pLimit, { type LimitFunction } from 'p-limit';

import { DroppedError } from './explain.ts';

/** sshd's default MaxStartups begins to drop at ten logins under way; two are left for others. */
const loginsAtATime = 8;

/** Waits between attempts, in milliseconds; each is stretched by up to half, so that the dropped do not come back as one. */
const backOffMs = [100, 200, 400, 800, 1600, 3000, 3000];

/**
 * Holds back logins so that a host is not asked for more at a time than it takes. An address that drops us gets fewer at a time and
 * a few more attempts. Nothing else is ever tried again: a refused login least of all.
 */
export class LoginLimits {
  readonly #limits = new Map<string, LimitFunction>();

  /** Runs `attempt` when it is its turn at `address`. Rejects with its error, or with the reason of `signal`. */
  async run<T>(address: string, attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    let limit = this.#limits.get(address);
    if (limit === undefined) {
      limit = pLimit(loginsAtATime);
      this.#limits.set(address, limit);
    }
    const turn = limit;
    return turn(() => this.#insist(turn, attempt, signal));
  }

  async #insist<T>(limit: LimitFunction, attempt: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
    for (const pauseMs of backOffMs) {
      signal?.throwIfAborted();
      try {
        return await attempt();
      } catch (error) {
        if (!(error instanceof DroppedError)) throw error;
        limit.concurrency = Math.max(1, Math.floor(limit.concurrency / 2));
        await delay(pauseMs * (1 + Math.random() / 2), undefined, signal && { signal }).catch(() => {});
      }
    }
    return attempt();
  }
}
