import type { StepResult } from '../host/act.ts';
import type { Adopted } from './adopt.ts';
import type { Invocation } from './invocation.ts';
import type { Batch } from './make-batch.ts';
import type { PlannedItem } from './plan-segment.ts';
import type { SegmentPorts } from './segment-ports.ts';
import { isOk, resultOf } from './task-result.ts';

/** How far a segment came. */
export interface Acted {
  /** Invocations that are through, from the first. */
  readonly done: number;
  readonly ok: boolean;
  /** A guard did not hold: plan again from `done`. */
  readonly again: boolean;
}

/**
 * Turns the results of steps into results of invocations, in order. What is through is told at once, while the rest of the
 * batch runs: when the controller is lost, the journal knows it. Failures wait for the end of the batch, which is near.
 */
export class Settling {
  readonly #items: readonly PlannedItem<Invocation>[];
  readonly #adopted: readonly Adopted[];
  readonly #batch: Batch;
  readonly #ports: SegmentPorts;
  readonly #fresh = new Map<number, StepResult[]>();
  #done = 0;
  /** The item that the host works on: all guards before it have held. */
  #begun = 0;
  #thrown: { readonly error: unknown } | undefined;

  constructor(
    items: readonly PlannedItem<Invocation>[],
    adopted: readonly Adopted[],
    batch: Batch,
    ports: SegmentPorts,
  ) {
    this.#items = items;
    this.#adopted = adopted;
    this.#batch = batch;
    this.#ports = ports;
    // What is planned before the first act rests on nothing that it does.
    const first = items.findIndex((_item, index) => (adopted[index]?.rest.length ?? 0) > 0);
    this.#begun = first < 0 ? items.length : first;
  }

  /** Settles what is through without an act. False: that failed, and nothing may be done. */
  start(): boolean {
    while (this.#done < this.#begun && this.#done < this.#batch.covered) {
      if (this.#isWithoutFailure(this.#done)) this.#done++;
      else return false;
    }
    return true;
  }

  began(step: string): void {
    this.#begun = Math.max(this.#begun, this.#batch.itemOf.get(step) ?? 0);
    this.#advance();
  }

  ended(result: StepResult): void {
    const index = this.#batch.itemOf.get(result.id) ?? 0;
    const own = this.#fresh.get(index) ?? [];
    own.push(result);
    this.#fresh.set(index, own);
    this.#advance();
  }

  /** The batch is over. `changedGroup`: the first one whose guard did not hold. */
  finish(changedGroup?: number): Acted {
    if (this.#thrown !== undefined) throw this.#thrown.error;
    const limit = changedGroup === undefined ? this.#batch.covered : (this.#batch.firstItems[changedGroup] ?? 0);
    for (; this.#done < this.#items.length; this.#done++) {
      const done = this.#done;
      const item = this.#items[done];
      if (item === undefined || done >= limit) return { done, ok: true, again: changedGroup !== undefined };
      const own = this.#resultsOf(done);
      const result = resultOf(item.planned, own, item.planned.steps);
      if (own.length < item.planned.steps.length && !result.failed) return { done, ok: true, again: true };
      if (!this.#ports.finish(item.item, item, result)) return { done, ok: false, again: false };
      // The host stopped here; what the failure leaves standing is planned on the state as it is now.
      if (own.some((step, i) => !isOk(item.planned.steps[i], step))) return { done: done + 1, ok: true, again: true };
    }
    return { done: this.#items.length, ok: true, again: false };
  }

  #advance(): void {
    if (this.#thrown !== undefined) return;
    try {
      while (this.#canAdvance()) this.#done++;
    } catch (error) {
      // Thrown from here it would end the connection; the host stops by itself, or the rollback takes back what follows.
      this.#thrown = { error };
    }
  }

  #canAdvance(): boolean {
    return this.#done < this.#begun && this.#isThrough(this.#done) && this.#isWithoutFailure(this.#done);
  }

  #isThrough(index: number): boolean {
    const item = this.#items[index];
    if (item === undefined || this.#ports.isJudged(item.item)) return false;
    const own = this.#resultsOf(index);
    const { steps } = item.planned;
    return own.length === steps.length && own.every((result, i) => isOk(steps[i], result));
  }

  /** @throws what unwinds the host's run */
  #isWithoutFailure(index: number): boolean {
    const item = this.#items[index];
    if (item === undefined) return false;
    return this.#ports.finish(item.item, item, resultOf(item.planned, this.#resultsOf(index), item.planned.steps));
  }

  #resultsOf(index: number): readonly StepResult[] {
    const fresh = this.#fresh.get(index) ?? [];
    return this.#adopted[index]?.merged(fresh) ?? fresh;
  }
}
