import { Deferred } from '../base/deferred.ts';

/**
 * Where the hosts of a wave, which otherwise run at their own pace, wait for each other: `run_once` tasks and
 * `strategy: linear`. A host that has ended or failed is no longer waited for. Keys may come again, in a loop or as a
 * handler: a host that comes to one for the second time meets the others' second time.
 */
export class WaveSync {
  readonly #active: Set<string>;
  readonly #meetings = new Map<string, Meeting>();
  readonly #visits = new Map<string, number>();

  /** Hosts in the wave's order. */
  constructor(hosts: readonly string[]) {
    this.#active = new Set(hosts);
  }

  /**
   * Resolves when every host that still takes part has come to `key`, or when all wait and nobody can come any more: hosts
   * may go different ways.
   */
  async barrier(key: string, host: string): Promise<void> {
    await this.#meet(`barrier ${key}`, host, () => Promise.resolve(), true);
  }

  /**
   * Runs `act` on the first host that still takes part, once all before it have failed or ended; the others get its result.
   * When it fails, it fails for all.
   */
  once<T>(key: string, host: string, act: () => Promise<T>): Promise<T> {
    // Each key belongs to one task, so that every caller has the same T.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    return this.#meet(`once ${key}`, host, act, false) as Promise<T>;
  }

  /** The host takes no further part. */
  leave(host: string): void {
    this.#active.delete(host);
    this.#settle();
  }

  #meet(key: string, host: string, act: () => Promise<unknown>, forAll: boolean): Promise<unknown> {
    const visit = (this.#visits.get(`${host} ${key}`) ?? 0) + 1;
    this.#visits.set(`${host} ${key}`, visit);
    const name = `${visit} ${key}`;
    let meeting = this.#meetings.get(name);
    if (meeting === undefined) {
      meeting = { forAll, arrived: new Map(), result: new Deferred(), begun: false };
      meeting.result.promise.catch(() => undefined);
      this.#meetings.set(name, meeting);
    }
    meeting.arrived.set(host, act);
    this.#settle();
    return meeting.result.promise;
  }

  #settle(): void {
    for (const meeting of this.#waiting()) if (this.#isReady(meeting)) this.#begin(meeting);
    const waiting = this.#waiting();
    const [first] = waiting;
    const isStuck = [...this.#active].every((host) => waiting.some(({ arrived }) => arrived.has(host)));
    if (isStuck && first !== undefined) this.#begin(first);
  }

  #waiting(): readonly Meeting[] {
    return [...this.#meetings.values()].filter(({ begun }) => !begun);
  }

  #isReady({ forAll, arrived }: Meeting): boolean {
    const [first] = this.#active;
    if (forAll) return [...this.#active].every((host) => arrived.has(host));
    return first !== undefined && arrived.has(first);
  }

  #begin(meeting: Meeting): void {
    meeting.begun = true;
    const host = [...this.#active].find((name) => meeting.arrived.has(name));
    const act = meeting.arrived.get(host ?? '') ?? (() => Promise.resolve());
    Promise.resolve()
      .then(act)
      .then(
        (value) => meeting.result.resolve(value),
        (error: unknown) => meeting.result.reject(error instanceof Error ? error : new Error(String(error))),
      );
  }
}

interface Meeting {
  /** Waits for all hosts, not only for the first. */
  readonly forAll: boolean;
  readonly arrived: Map<string, () => Promise<unknown>>;
  readonly result: Deferred<unknown>;
  begun: boolean;
}
