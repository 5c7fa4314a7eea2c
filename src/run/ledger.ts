import type { Host, RunAs } from '../host/host.ts';

/** Where undo logs were written, for each host on whose behalf. */
export class Ledger {
  readonly #places = new Map<string, Map<string, { readonly host: Host; readonly as: RunAs; readonly run: string }>>();

  readonly #steps = new Map<string, number>();

  /** Called before the first act at a place. */
  note(origin: string, host: Host, as: RunAs, run: string, steps: number): void {
    this.#steps.set(origin, this.stepsOf(origin) + steps);
    const places = this.#places.get(origin) ?? new Map<string, { host: Host; as: RunAs; run: string }>();
    places.set(`${host.name} ${as?.user ?? ''} ${run}`, { host, as, run });
    this.#places.set(origin, places);
  }

  /** How many steps were begun, or meant to be. */
  stepsOf(origin: string): number {
    return this.#steps.get(origin) ?? 0;
  }

  placesOf(origin: string): readonly { readonly host: Host; readonly as: RunAs; readonly run: string }[] {
    return [...(this.#places.get(origin)?.values() ?? [])];
  }
}
