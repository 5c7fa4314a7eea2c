import type { RunEvent } from '../base/event.ts';
import type { Play, Task } from '../playbook/playbook.ts';

/** At most so many hosts at a time at what has this name: a task with `throttle`, by its id, or a play, by its waves. */
export interface Limit {
  readonly name: string;
  readonly width: number;
}

interface Waiting {
  readonly width: number;
  readonly begin: () => void;
}

interface Lane {
  /** What each of those that are in there allows. */
  readonly running: number[];
  /** Those that take a host back: a host that has failed comes before one that is still well. */
  readonly urgent: Waiting[];
  readonly waiting: Waiting[];
}

/** Keeps limits over all plays of a run, whether hosts go forward there or back. */
export class Throttles {
  readonly #lanes = new Map<string, Lane>();

  /** Does something for a task with `throttle`, when it is its turn. */
  forward<T>(limit: Limit, act: () => Promise<T>): Promise<T> {
    return this.#within(limit, 'waiting', act);
  }

  /** Takes a host back that has been through all of these, when it is its turn: before those that want to go forward. */
  back<T>(limits: readonly Limit[], act: () => Promise<T>): Promise<T> {
    // Always in one order: hosts that wait for each other would wait for ever.
    const inOrder = limits.toSorted((a, b) => (a.name < b.name ? -1 : 1));
    return inOrder.reduceRight<() => Promise<T>>((inner, limit) => () => this.#within(limit, 'urgent', inner), act)();
  }

  async #within<T>({ name, width }: Limit, queue: 'urgent' | 'waiting', act: () => Promise<T>): Promise<T> {
    const lane = this.#lanes.get(name) ?? { running: [], urgent: [], waiting: [] };
    this.#lanes.set(name, lane);
    await new Promise<void>((begin) => {
      lane[queue].push({ width: Math.max(1, width), begin });
      admit(lane);
    });
    try {
      return await act();
    } finally {
      lane.running.splice(lane.running.indexOf(Math.max(1, width)), 1);
      admit(lane);
    }
  }
}

function admit({ running, urgent, waiting }: Lane): void {
  for (;;) {
    const queue = urgent.length > 0 ? urgent : waiting;
    const [next] = queue;
    if (next === undefined || running.length >= Math.min(next.width, ...running)) return;
    queue.shift();
    running.push(next.width);
    next.begin();
  }
}

/** How many hosts at once may do what the task does: its `throttle`, and the `window` of the play's rollout. */
export function throttleOf({ throttle }: Pick<Task, 'throttle'>, { rollout }: Play): number | undefined {
  const widths = [throttle, rollout?.window].filter((width) => width !== undefined);
  return widths.length === 0 ? undefined : Math.min(...widths);
}

/** What a step holds its host's rollback to. `waveSize`: with so many hosts it went. Pure. */
export function limitsOf(
  step: { readonly id: string; readonly throttle?: number | undefined },
  waveSize: number,
): Limit[] {
  const { id, throttle } = step;
  // The id of a task begins with that of its play.
  const play = { name: id.split('/')[0] ?? id, width: waveSize };
  return throttle === undefined ? [play] : [play, { name: id, width: throttle }];
}

/** The limits that a recorded run has been through, by host. Pure. */
export function recordedLimits(events: readonly RunEvent[]): ReadonlyMap<string, readonly Limit[]> {
  const sizes = new Map<string, number>();
  const limits = new Map<string, Limit[]>();
  for (const event of events) {
    if (event.type === 'play-started' || event.type === 'wave-started') {
      for (const host of event.hosts) sizes.set(host, event.hosts.length);
    }
    if (event.type !== 'step-intended') continue;
    const { host } = event;
    const known = limits.get(host) ?? [];
    limits.set(host, known);
    known.push(...limitsOf(event, sizes.get(host) ?? Number.POSITIVE_INFINITY));
  }
  return limits;
}
