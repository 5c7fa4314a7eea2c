import { randomBytes } from 'node:crypto';

import type { Emit, RunEvent } from '../base/event.ts';
import type { Host } from '../host/host.ts';
import type { TaskFiles } from '../plan/local-files.ts';
import { tasksOf } from '../plan/walk.ts';
import type { Rollout, Task } from '../playbook/playbook.ts';
import { HostTally } from './host-tally.ts';
import { Ledger } from './ledger.ts';
import { lookAtHosts } from './look-at-hosts.ts';
import { pauseFor } from './pause-for.ts';
import type { ActedPlace } from './recorded-steps.ts';
import type { RunContext } from './run-context.ts';
import type { RunnablePlay } from './run.ts';
import { Throttles } from './throttles.ts';
import { uniqueNames } from './unique-names.ts';

/** The plays of a run, read again: what a rollback of it is held to. */
export interface GatedPlays {
  /** Those with a `gate`, `soak` or `verify_rollback`. */
  readonly plays: readonly RunnablePlay[];
  /** All plays: what their tasks have registered is known to the gates. */
  readonly all: readonly RunnablePlay[];
  readonly filesFor: (task: Pick<Task, 'folders'>) => TaskFiles;
  /** Texts without the secrets that are known. */
  readonly redact: (text: string) => string;
}

export interface RollbackGatesOptions extends GatedPlays {
  readonly run: string;
  readonly events: readonly RunEvent[];
  /** What is taken back. */
  readonly places: readonly ActedPlace[];
  readonly emit: Emit;
  readonly signal: AbortSignal;
  readonly hostNamed: (name: string) => Host;
}

/** Hosts of a wave that a play has changed. */
interface Part {
  readonly of: RunnablePlay & { readonly play: { readonly rollout: Rollout } };
  readonly hosts: readonly string[];
}

/** The ids of plays whose `gate`, `soak` or `verify_rollback` holds when these steps are taken back, from the journal. Pure. */
export function gatedPlays(events: readonly RunEvent[], places: readonly ActedPlace[]): ReadonlySet<string> {
  const gated = new Set(events.flatMap((event) => (event.type === 'play-started' ? (event.gated ?? []) : [])));
  return new Set([...playsOf(places)].filter((id) => gated.has(id)));
}

/** The hosts that were taken back as a whole and not changed since. Pure. */
export function hostsBack(events: readonly RunEvent[]): ReadonlySet<string> {
  const back = new Set<string>();
  for (const event of events) {
    if (event.type === 'step-intended') back.delete(event.host);
    if (event.type === 'rollback-ended' && event.failed === 0 && event.part !== true) back.add(event.host);
  }
  return back;
}

/** Holds a rollback to what the run's rollouts were held to: the gate before a wave, the soak between two. */
export class RollbackGates {
  readonly #options: RollbackGatesOptions;
  readonly #context: RunContext;
  readonly #back: ReadonlySet<string>;
  /** The ids of plays that have changed a host. */
  readonly #playsOf = new Map<string, Set<string>>();
  #wave: readonly string[] = [];
  #number = 0;

  constructor(options: RollbackGatesOptions) {
    this.#options = options;
    this.#back = hostsBack(options.events);
    this.#context = contextOf(options);
    for (const place of options.places) {
      const ids = this.#playsOf.get(place.origin) ?? new Set<string>();
      this.#playsOf.set(place.origin, ids);
      for (const id of playsOf([place])) ids.add(id);
    }
    restoreResults(options);
  }

  /**
   * Soaks behind the wave before, and asks the gates of this one: whatever changed its hosts. Waves that are back already need neither.
   * @returns the hosts that may not go back
   */
  async ask(wave: readonly string[]): Promise<readonly string[]> {
    const before = new Map(this.#partsOf(this.#wave).map(({ of }) => [of.play.id, of.play.rollout.soakMs]));
    this.#wave = wave;
    this.#number++;
    if (wave.every((host) => this.#back.has(host))) return [];
    const parts = this.#partsOf(wave);
    const soakMs = Math.max(0, ...parts.map(({ of }) => before.get(of.play.id) ?? 0));
    const [first] = parts;
    if (soakMs > 0 && first !== undefined) {
      this.#tell(first, 'soaking', this.#number - 1, soakMs);
      await pauseFor(soakMs, this.#options.signal);
    }
    return this.#look(parts, 'gate');
  }

  /** Looks at the hosts of the wave that are back, also where they were back before: nobody may have looked then. @returns what is wrong */
  async verify(hosts: readonly string[]): Promise<readonly string[]> {
    return this.#look(this.#partsOf(hosts), 'verifyRollback');
  }

  /** The names of the logs that the looks have left on a host. */
  logsOn(host: Host): readonly string[] {
    return this.#context.ledger.finishedOn(host, () => true);
  }

  async #look(parts: readonly Part[], what: 'gate' | 'verifyRollback'): Promise<readonly string[]> {
    for (const part of parts) {
      const { of, hosts } = part;
      const tasks = of.play.rollout[what];
      if (tasks.length === 0) continue;
      this.#tell(part, what === 'gate' ? 'at-gate' : 'verifying', this.#number);
      const wrong = await lookAtHosts({ run: this.#context, play: of.play, hosts }, tasks, {
        tallies: new Map(hosts.map((host) => [host, new HostTally(host)])),
        hostFor: this.#options.hostNamed,
        scopeFor: of.scopeFor,
      });
      this.#options.signal.throwIfAborted();
      if (wrong.size > 0) return [...wrong.keys()];
    }
    return [];
  }

  /** The last play first. */
  #partsOf(hosts: readonly string[]): readonly Part[] {
    return this.#options.plays.toReversed().flatMap(({ play, ...rest }) => {
      const { rollout } = play;
      const own = hosts.filter((host) => this.#playsOf.get(host)?.has(play.id) === true);
      return rollout === undefined || own.length === 0
        ? []
        : [{ of: { ...rest, play: { ...play, rollout } }, hosts: own }];
    });
  }

  #tell({ of }: Part, state: 'at-gate' | 'verifying' | 'soaking', wave: number, ms?: number): void {
    this.#options.emit({ type: 'rollout', play: of.play.name, wave, state, ...(ms !== undefined && { ms }) });
  }
}

/** The id of a task begins with that of its play. */
function playsOf(places: readonly ActedPlace[]): ReadonlySet<string> {
  return new Set(places.flatMap(({ steps }) => steps.map(({ id }) => id.split('/')[0] ?? id)));
}

/** What looks do is in a log of their own: it is no part of what the run did, and is not taken back with it. */
function contextOf({ run, events, emit, signal, hostNamed, filesFor, redact }: RollbackGatesOptions): RunContext {
  const before = events.filter((event) => event.type === 'run-started' && event.mode === 'rollback').length;
  return {
    run: `${run}.for-rollback-${before + 1}`,
    mode: 'run',
    emit: (event) => {
      if (event.type !== 'step-intended' && event.type !== 'step-done') emit(event);
    },
    journaled: () => Promise.resolve(),
    signal,
    hostNamed,
    filesFor,
    redact,
    confirm: undefined,
    dryState: new Map(),
    ledger: new Ledger(),
    throttles: new Throttles(),
    guards: new Map(),
    earlier: undefined,
    uniqueFor: uniqueNames(randomBytes(16).toString('hex')),
    offline: false,
    approved: undefined,
    onPlanned: undefined,
  };
}

/** What the run's tasks have registered is known to the gates, as far as the journal has it. */
function restoreResults({ all, events }: RollbackGatesOptions): void {
  const names = new Map<string, string>();
  const scopes = new Map<string, ReturnType<RunnablePlay['scopeFor']>>();
  for (const { play, waves, scopeFor } of all) {
    for (const task of tasksOf(play)) {
      if (task.kind === 'task' && task.register !== undefined) names.set(task.id, task.register.value);
    }
    for (const host of waves.flat()) if (!scopes.has(host)) scopes.set(host, scopeFor(host, [host]));
  }
  for (const event of events) {
    if (event.type !== 'task-ended' || event.result === undefined) continue;
    const name = names.get(event.id);
    if (name !== undefined) scopes.get(event.host)?.set(name, event.result);
  }
}
