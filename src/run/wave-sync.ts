import { Deferred } from '../base/deferred.ts';

/**
 * Where the hosts of a wave, which otherwise run at their own pace, wait for each other: `run_once` tasks and
 * `strategy: linear`. A host that has ended or failed is no longer waited for. Keys may come again, in a loop or as a
 * handler: a host that comes to one for the second time meets the others' second time.
 */
export class WaveSync {
  readonly #active: Set<string>;
  readonly #meetings = new Map<string, Meeting>();
  /** Those that have not begun, the oldest first. */
  readonly #waiting = new Set<Meeting>();
  /** How many of those each active host has come to; hosts that have come to none are not there. */
  readonly #waits = new Map<string, number>();
  /** How often each host has come to each key. */
  readonly #visits = new Map<string, Map<string, number>>();

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
    if (!this.#active.delete(host)) return;
    this.#waits.delete(host);
    this.#visits.delete(host);
    for (const meeting of this.#waiting) if (meeting.arrived.has(host)) meeting.present--;
    this.#settle();
  }

  #meet(key: string, host: string, act: () => Promise<unknown>, forAll: boolean): Promise<unknown> {
    const meeting = this.#meetingOf(host, key, forAll);
    if (!meeting.begun && !meeting.arrived.has(host) && this.#active.has(host)) {
      meeting.present++;
      this.#waits.set(host, (this.#waits.get(host) ?? 0) + 1);
    }
    if (!meeting.begun) meeting.arrived.set(host, act);
    this.#settle();
    return meeting.result.promise;
  }

  /** The one that this host comes to now. */
  #meetingOf(host: string, key: string, forAll: boolean): Meeting {
    const visits = this.#visits.get(host) ?? new Map<string, number>();
    this.#visits.set(host, visits);
    const visit = (visits.get(key) ?? 0) + 1;
    visits.set(key, visit);
    const name = `${visit} ${key}`;
    const known = this.#meetings.get(name);
    if (known !== undefined) return known;
    const meeting: Meeting = { forAll, arrived: new Map(), present: 0, result: new Deferred(), begun: false };
    meeting.result.promise.catch(() => undefined);
    this.#meetings.set(name, meeting);
    this.#waiting.add(meeting);
    return meeting;
  }

  // Comes with every host at every task: it must not look at all hosts.
  #settle(): void {
    for (const meeting of this.#waiting) if (this.#isReady(meeting)) this.#begin(meeting);
    const [first] = this.#waiting;
    const isStuck = this.#waits.size === this.#active.size;
    if (isStuck && first !== undefined) this.#begin(first);
  }

  #isReady({ forAll, arrived, present }: Meeting): boolean {
    if (forAll) return present === this.#active.size;
    const [first] = this.#active;
    return first !== undefined && arrived.has(first);
  }

  #begin(meeting: Meeting): void {
    meeting.begun = true;
    this.#waiting.delete(meeting);
    const act = this.#actOf(meeting);
    for (const host of meeting.arrived.keys()) this.#waitsNoLonger(host);
    meeting.arrived.clear();
    Promise.resolve()
      .then(act)
      .then(
        (value) => meeting.result.resolve(value),
        (error: unknown) => meeting.result.reject(error instanceof Error ? error : new Error(String(error))),
      );
  }

  /** That of the first host that still takes part. */
  #actOf({ arrived }: Meeting): () => Promise<unknown> {
    for (const host of this.#active) {
      const act = arrived.get(host);
      if (act !== undefined) return act;
    }
    return () => Promise.resolve();
  }

  #waitsNoLonger(host: string): void {
    const left = (this.#waits.get(host) ?? 0) - 1;
    if (left > 0) this.#waits.set(host, left);
    else this.#waits.delete(host);
  }
}

interface Meeting {
  /** Waits for all hosts, not only for the first. */
  readonly forAll: boolean;
  readonly arrived: Map<string, () => Promise<unknown>>;
  /** How many of those that have arrived still take part. */
  present: number;
  readonly result: Deferred<unknown>;
  begun: boolean;
}
