import { Deferred } from '../base/deferred.ts';
import type { Values } from '../base/value.ts';

/**
 * Where the hosts of a wave, which otherwise run at their own pace, wait for each other: `run_once` tasks and
 * `strategy: linear`. A host that has ended or failed is no longer waited for.
 */
export class WaveSync {
  readonly #active: Set<string>;
  readonly #barriers = new Map<string, { readonly arrived: Set<string>; readonly open: Deferred }>();
  readonly #once = new Map<string, Once>();

  /** Hosts in the wave's order. */
  constructor(hosts: readonly string[]) {
    this.#active = new Set(hosts);
  }

  /** Resolves when every host that still takes part has come to `key`. */
  barrier(key: string, host: string): Promise<void> {
    let barrier = this.#barriers.get(key);
    if (barrier === undefined) this.#barriers.set(key, (barrier = { arrived: new Set(), open: new Deferred() }));
    barrier.arrived.add(host);
    this.#settle();
    return barrier.open.promise;
  }

  /**
   * Runs `act` on the first host that still takes part, once all before it have failed or ended; the others get its result.
   * When it fails, it fails for all.
   */
  once(key: string, host: string, act: () => Promise<Values>): Promise<Values> {
    let once = this.#once.get(key);
    if (once === undefined) {
      this.#once.set(key, (once = { waiting: new Map(), result: new Deferred(), started: false }));
    }
    once.result.promise.catch(() => undefined);
    once.waiting.set(host, act);
    this.#settle();
    return once.result.promise;
  }

  /** The host takes no further part. */
  leave(host: string): void {
    this.#active.delete(host);
    this.#settle();
  }

  #settle(): void {
    for (const { arrived, open } of this.#barriers.values()) {
      if ([...this.#active].every((host) => arrived.has(host))) open.resolve();
    }
    const [first] = this.#active;
    for (const once of this.#once.values()) {
      const act = first === undefined ? undefined : once.waiting.get(first);
      if (once.started || act === undefined) continue;
      once.started = true;
      act().then(
        (value) => once.result.resolve(value),
        (error: unknown) => once.result.reject(error instanceof Error ? error : new Error(String(error))),
      );
    }
  }
}

interface Once {
  readonly waiting: Map<string, () => Promise<Values>>;
  readonly result: Deferred<Values>;
  started: boolean;
}
