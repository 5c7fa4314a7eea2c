import type { Host, RunAs } from '../host/host.ts';
import type { Limit } from './throttles.ts';

/** Where undo logs were written, for each host on whose behalf. */
export class Ledger {
  readonly #places = new Map<string, Map<string, { readonly host: Host; readonly as: RunAs; readonly run: string }>>();

  readonly #steps = new Map<string, number>();

  /** By origin, then by name: the narrowest. */
  readonly #limits = new Map<string, Map<string, number>>();

  /** The logs on each host, with the hosts on whose behalf they were written. */
  readonly #logsOn = new Map<Host, Map<string, string>>();

  /** Called before the first act at a place. */
  note(origin: string, host: Host, as: RunAs, run: string, steps: number): void {
    this.#steps.set(origin, this.stepsOf(origin) + steps);
    const places = this.#places.get(origin) ?? new Map<string, { host: Host; as: RunAs; run: string }>();
    places.set(`${host.name} ${as?.user ?? ''} ${run}`, { host, as, run });
    this.#places.set(origin, places);
    const logs = this.#logsOn.get(host) ?? new Map<string, string>();
    this.#logsOn.set(host, logs.set(run, origin));
  }

  /** What the rollback of this host is held to from now on. */
  limit(origin: string, limits: readonly Limit[]): void {
    const widths = this.#limits.get(origin) ?? new Map<string, number>();
    this.#limits.set(origin, widths);
    for (const { name, width } of limits) widths.set(name, Math.min(width, widths.get(name) ?? width));
  }

  limitsOf(origin: string): readonly Limit[] {
    return Array.from(this.#limits.get(origin) ?? [], ([name, width]) => ({ name, width }));
  }

  /** The names of the logs on a host of those origins that are through with the run. */
  finishedOn(host: Host, isThrough: (origin: string) => boolean): readonly string[] {
    return [...(this.#logsOn.get(host) ?? [])].filter(([, origin]) => isThrough(origin)).map(([run]) => run);
  }

  /** How many steps were begun, or meant to be. */
  stepsOf(origin: string): number {
    return this.#steps.get(origin) ?? 0;
  }

  placesOf(origin: string): readonly { readonly host: Host; readonly as: RunAs; readonly run: string }[] {
    return [...(this.#places.get(origin)?.values() ?? [])];
  }
}
