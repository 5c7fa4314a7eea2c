import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';

import pLimit, { type LimitFunction } from 'p-limit';

import type { Connection } from '../base/connection.ts';
import type { Emit, HostSummary } from '../base/event.ts';
import { UnreachableError, type K3sboxError } from '../base/errors.ts';
import { Host, type Turn } from '../host/host.ts';
import type { Connect } from '../host/line.ts';
import type { LockOwner } from '../host/lock.ts';
import { Relay } from '../host/relay.ts';
import type { HostScope } from '../plan/host-scope.ts';
import type { TaskFiles } from '../plan/local-files.ts';
import type { Play, Task } from '../playbook/playbook.ts';
import { type DeadmanScope, isConfirmed } from './deadman-scope.ts';
import { errorData } from './error-data.ts';
import type { FleetBackend } from './fleet/backend.ts';
import { hearHost } from './hear-host.ts';
import { exitCodeOf, HostTally } from './host-tally.ts';
import { runPlay } from './play-run.ts';
import { rollBack } from './roll-back.ts';
import type { Approved } from './approved.ts';
import type { EarlierRun } from './earlier-run.ts';
import { leaveHost } from './leave-host.ts';
import { Ledger } from './ledger.ts';
import type { PlannedTask } from './planned-task.ts';
import type { RunContext, RunMode } from './run-context.ts';
import { Throttles } from './throttles.ts';
import { uniqueNames } from './unique-names.ts';

/** A play with its hosts, cut into waves. */
export interface RunnablePlay {
  readonly play: Play;
  readonly waves: readonly (readonly string[])[];
  /** A host's variables in this play. */
  readonly scopeFor: (host: string, wave: readonly string[]) => HostScope;
}

export interface RunRequest {
  readonly run: string;
  readonly mode: RunMode;
  /** Shown as the run's title: the playbooks. */
  readonly title: string;
  readonly plays: readonly RunnablePlay[];
  /** How to reach a host by name, also one that tasks are delegated to. @throws ConfigError when it is unknown */
  readonly connectionOf: (host: string, play: Play) => Connection;
  readonly filesFor: (task: Pick<Task, 'folders'>) => TaskFiles;
  readonly connect: Connect;
  readonly owner: LockOwner;
  /** Hosts in flight. */
  readonly forks: number;
  /** False with `--no-rollback`: a failed host is left as it is. */
  readonly rollback: boolean;
  readonly emit: Emit;
  /** Takes the secrets that are known out of a text. */
  readonly redact?: ((text: string) => string) | undefined;
  /** Resolves when what was emitted survives a crash. */
  readonly journaled: () => Promise<void>;
  /** Ctrl-C: ends what runs, takes unfinished hosts back. */
  readonly signal: AbortSignal;
  /** The second Ctrl-C: lets go of everything at once. */
  readonly detach: AbortSignal;
  readonly confirm?: ((question: string) => Promise<boolean>) | undefined;
  /** Who works on the hosts. */
  readonly backend: FleetBackend;
  /** The run goes on from there. */
  readonly earlier?: EarlierRun | undefined;
  /** Names that must be unique follow from it: a run with the seed of its plan makes those that were planned. */
  readonly seed?: string | undefined;
  /** In `plan`: no host is reached; what is there is not known. */
  readonly offline?: boolean | undefined;
  /** When a saved plan is applied: what it allows. */
  readonly approved?: Approved | undefined;
  /** Hosts that take no part, and why: they are in the recap all the same. */
  readonly refused?: ReadonlyMap<string, K3sboxError> | undefined;
  /** In `plan`: hears of every task with all that it rests on, secrets included. */
  readonly onPlanned?: ((planned: PlannedTask) => void) | undefined;
}

/** Carries plays out and reports all that happens as events; the last one is `run-finished`. Never throws for a host. */
export async function runPlaybook(request: RunRequest): Promise<{ readonly exitCode: number }> {
  return new PlaybookRun(request).run();
}

/** On a host that says nothing else (`k3sbox_keep_runs`). */
const keptRuns = 10;

/** So many connections wait for a later play; in a larger fleet the others are made anew, or they would fill the memory. */
const mostKept = 500;

class PlaybookRun {
  readonly #request: RunRequest;
  readonly #context: RunContext;
  readonly #hosts = new Map<string, Host>();
  /** Where hosts wait for each other, more of them have begun than may be in flight. */
  readonly #turn: Turn;
  readonly #relay: Relay;
  /** Beside the hosts in flight: who waits for its turn on a host may be waiting until that is closed. */
  readonly #farewells: LimitFunction;
  readonly #tallies: ReadonlyMap<string, HostTally>;
  /** The last play that each host takes part in. */
  readonly #lastPlays: ReadonlyMap<string, RunnablePlay>;
  /** Hosts that others have needed: they may be in use when their own part is over. */
  readonly #delegates = new Set<string>();
  /** Hosts whose connections wait for a later play. */
  readonly #kept = new Set<Host>();
  #play: Play | undefined;
  /** A rollout did not reach all of its hosts. */
  #isStopped = false;

  constructor(request: RunRequest) {
    this.#request = request;
    // Every host in flight listens to them; that is no leak.
    setMaxListeners(0, request.signal, request.detach);
    this.#turn = pLimit(request.forks);
    this.#relay = new Relay((host, message) => request.emit({ type: 'warning', host, message }));
    this.#farewells = pLimit(request.forks);
    const names = new Set(request.plays.flatMap(({ waves }) => waves.flat()));
    this.#lastPlays = new Map(request.plays.flatMap((play) => play.waves.flat().map((name) => [name, play] as const)));
    this.#tallies = new Map([...names].map((name) => [name, new HostTally(name, request.refused?.get(name))]));
    const { run, mode, emit, journaled, signal, filesFor, confirm } = request;
    this.#context = {
      run,
      mode,
      emit,
      journaled,
      signal,
      filesFor,
      confirm,
      hostNamed: (name, origin) => {
        if (name !== origin) this.#delegates.add(name);
        return this.#host(name);
      },
      dryState: new Map(),
      ledger: new Ledger(),
      throttles: new Throttles(),
      guards: new Map(),
      earlier: request.earlier,
      redact: request.redact ?? ((text) => text),
      uniqueFor: uniqueNames(request.seed ?? randomBytes(16).toString('hex')),
      offline: request.offline ?? false,
      approved: request.approved,
      onPlanned: request.onPlanned,
    };
  }

  async run(): Promise<{ readonly exitCode: number }> {
    const { emit, run, mode, title, plays, forks, signal, detach } = this.#request;
    detach.addEventListener(
      'abort',
      () => void Promise.all([...this.#hosts.values()].map((host) => host.disconnect())),
    );
    const resumed = this.#request.earlier && ({ resumed: true } as const);
    emit({ type: 'run-started', run, mode, title, hosts: [...this.#tallies.keys()], ...resumed });
    for (const planned of plays) {
      const { play, waves, scopeFor } = planned;
      if (signal.aborted) break;
      this.#play = play;
      this.#kept.clear();
      const goOn = await runPlay({
        run: this.#context,
        play,
        backend: this.#request.backend,
        index: plays.indexOf(planned),
        waves: waves
          .map((wave) => wave.filter((name) => this.#tallies.get(name)?.isOut === false))
          .filter((wave) => wave.length > 0),
        forks,
        tallies: this.#tallies,
        scopeFor,
        hostFor: (name) => this.#host(name),
        rollBack: (name) => this.#rollBack(name),
        letGo: (names) => this.#letGo(names, planned),
      });
      this.#isStopped = !goOn;
      if (!goOn) break;
    }
    return this.#finish();
  }

  async #finish(): Promise<{ readonly exitCode: number }> {
    const { emit, run, signal, detach } = this.#request;
    const tallies = [...this.#tallies.values()];
    await this.#farewells.map(this.#hosts.values(), (host) => this.#leave(host));
    const hosts: Record<string, HostSummary> = {};
    for (const tally of tallies) {
      hosts[tally.host] = tally.summary;
      const roundTrips = this.#hosts.get(tally.host)?.roundTrips ?? 0;
      const error = tally.error && { error: errorData(tally.error) };
      emit({ type: 'host-ended', host: tally.host, roundTrips, ...tally.summary, ...error });
    }
    const isAborted = signal.aborted || detach.aborted;
    const exitCode = exitCodeOf(tallies, { isAborted, isStopped: this.#isStopped });
    emit({ type: 'run-finished', run, exitCode, hosts });
    return { exitCode };
  }

  /** Frees the lock unless something is left to take back: then the lock says so to the next one. */
  async #leave(host: Host): Promise<void> {
    const { run, detach } = this.#request;
    if (detach.aborted) return host.disconnect();
    const status = this.#statusOf(host.name);
    const keep = status === 'ok' ? (host.connection.keepRuns ?? keptRuns) : undefined;
    // Nobody has to look after the logs of those that are through, or back where they were.
    const finished = this.#context.ledger.finishedOn(host, (origin) => {
      const end = this.#statusOf(origin);
      return end === 'ok' || end === 'rolled-back';
    });
    if (status === 'rollback-failed') return host.close();
    const end = { run, finished, keep };
    // That nobody answers is known already.
    if (status === 'unreachable') return void (await host.leave(end));
    return leaveHost(host, end, { emit: this.#request.emit, hint: ` or \`k3sbox resume ${run}\`` });
  }

  #statusOf(host: string): HostSummary['status'] | undefined {
    return this.#tallies.get(host)?.summary.status;
  }

  /** The rollout is through with these hosts: those that nobody needs any more are left at once, or they would add up. */
  async #letGo(names: readonly string[], play: RunnablePlay): Promise<void> {
    const hosts = names.flatMap((name) => this.#hosts.get(name) ?? []);
    await this.#farewells.map(hosts, async (host) => {
      if (this.#delegates.has(host.name)) return;
      const isLast = this.#lastPlays.get(host.name) === play || this.#tallies.get(host.name)?.isOut === true;
      if (isLast) await this.#leave(host);
      // The lock stays.
      else if (this.#kept.size >= mostKept) await host.close();
      else this.#kept.add(host);
    });
  }

  #host(name: string): Host {
    const known = this.#hosts.get(name);
    if (known !== undefined) return known;
    const { connectionOf, mode, owner, earlier } = this.#request;
    if (this.#play === undefined) throw new Error('no play is running');
    const connect: Connect = (connection, signal) => this.#connect(connection, signal);
    const host = new Host(connectionOf(name, this.#play), connect, this.#request.detach, {
      turn: this.#turn,
      relay: this.#relay,
    });
    // A host that others only ask, such as the controller or a server, may take part in another run meanwhile.
    if (mode === 'run') host.lockFor(owner, !this.#tallies.has(name));
    if (earlier !== undefined) host.groups.continueBehind(earlier.lastGroups(name));
    const moved = earlier?.movedTo(name);
    if (moved !== undefined) void host.moveTo(moved);
    this.#hosts.set(name, host);
    return host;
  }

  async #connect(connection: Connection, signal: AbortSignal): ReturnType<Connect> {
    const begun = performance.now();
    const transport = await this.#request.connect(connection, signal);
    this.#request.emit({ type: 'host-connected', host: connection.host, elapsedMs: performance.now() - begun });
    return transport;
  }

  async #rollBack(name: string): Promise<void> {
    const { emit, rollback, detach, mode } = this.#request;
    const tally = this.#tallies.get(name);
    const places = this.#context.ledger.placesOf(name);
    if (tally === undefined || places.length === 0 || mode !== 'run') return;
    const earlier = await this.#context.earlier?.of(name, this.#context);
    const guard = this.#context.guards.get(name);
    const isLeft = !rollback || leavesFailed(this.#play) || earlier?.isUndecided === true;
    if (isLeft && (guard === undefined || (await isConfirmed(guard, detach)))) {
      emit({
        type: 'warning',
        host: name,
        message: `${name} is left as it is`,
        hint: `Take it back with \`k3sbox rollback ${this.#request.run} --limit ${name}\`.`,
      });
      return;
    }
    const { ledger, throttles } = this.#context;
    await throttles.back(ledger.limitsOf(name), () => this.#takeBack(tally, places, guard));
  }

  async #takeBack(tally: HostTally, places: ReturnType<Ledger['placesOf']>, guard?: DeadmanScope): Promise<void> {
    const { emit, detach } = this.#request;
    const { host: name } = tally;
    if (detach.aborted) return;
    try {
      const heard = await hearHost(name, places, { emit, signal: detach, firesAt: guard?.firesAt });
      if (guard && [...heard.values()].some(({ byItself }) => byItself)) tally.error = guard.fired(tally.error);
      const steps = this.#context.ledger.stepsOf(name);
      tally.takeBack(await rollBack(name, places, { emit, steps, signal: detach, heard }));
    } catch (error) {
      if (detach.aborted) return;
      if (!(error instanceof UnreachableError)) throw error;
      tally.takeBack({ undone: 0, failed: 1 });
    }
  }
}

function leavesFailed(play: Play | undefined): boolean {
  return play?.rollback === 'none' || play?.rollout?.onFailure === 'stop';
}
