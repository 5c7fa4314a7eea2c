import { setMaxListeners } from 'node:events';

import pLimit from 'p-limit';

import type { Connection } from '../base/connection.ts';
import type { Emit, HostSummary, RunEvent } from '../base/event.ts';
import { toK3sboxError } from '../base/errors.ts';
import { Host } from '../host/host.ts';
import type { Connect } from '../host/line.ts';
import type { LockOwner } from '../host/lock.ts';
import { deadmanHistory } from '../journal/deadman-events.ts';
import { errorData } from './error-data.ts';
import { hearHost, outlast } from './hear-host.ts';
import { exitCodeOf, HostTally } from './host-tally.ts';
import { leaveHost } from './leave-host.ts';
import { runAsUser } from './run-as.ts';
import { type GatedPlays, RollbackGates } from './rollback-gates.ts';
import { rollbackWaves } from './rollback-waves.ts';
import type { ActedPlace } from './recorded-steps.ts';
import { rollBack, runNameOn, type UndoPlace } from './roll-back.ts';

export interface RollbackRequest {
  /** The run to take back. */
  readonly run: string;
  /** Its events, as the journal has them. */
  readonly events: readonly RunEvent[];
  /** Where it acted, and which of its steps are to be taken back. */
  readonly places: readonly ActedPlace[];
  /** The places name the steps of these tasks only; undefined: of all. */
  readonly tasks?: readonly string[] | undefined;
  /** Only these hosts, when given. */
  readonly hosts?: ReadonlySet<string> | undefined;
  readonly force: boolean;
  /** What the waves are held to; undefined: they go back without gates. */
  readonly gates?: GatedPlays | undefined;
  /** Only look: no lock is taken, nothing is changed. */
  readonly check?: boolean;
  readonly forks: number;
  readonly connectionOf: (host: string) => Connection;
  readonly connect: Connect;
  /** Under the name of the run that is taken back: its own lock may still be there. */
  readonly owner: LockOwner;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/**
 * Takes a run back, any time later: in reverse waves, under the gates of its rollouts, each host newest step first, no more
 * hosts at once than the run's tasks allowed. A wave that fails stops the ones behind it; one host at a time, so does a host.
 * What somebody changed since is left alone unless forced.
 */
export async function rollBackRun(request: RollbackRequest): Promise<{ readonly exitCode: number }> {
  const { run, emit, check = false, signal } = request;
  // Every host in flight listens to it; that is no leak.
  setMaxListeners(0, signal);
  const places = request.places.filter(({ origin }) => request.hosts?.has(origin) ?? true);
  const origins = [...new Set(places.map(({ origin }) => origin))].toReversed();
  const tallies = new Map([...origins, ...untouched(request, origins)].map((name) => [name, new HostTally(name)]));
  const hosts = new Map<string, Host>();
  const { movedTo } = deadmanHistory(request.events);
  const hostNamed = (name: string): Host => {
    const known = hosts.get(name);
    if (known !== undefined) return known;
    const host = new Host(request.connectionOf(name), request.connect, signal);
    if (!check) host.lockFor(request.owner);
    const moved = movedTo.get(name);
    if (moved !== undefined) void host.moveTo(moved);
    hosts.set(name, host);
    return host;
  };
  const title = check ? `what a rollback of ${run} would do` : `rollback of ${run}`;
  emit({ type: 'run-started', run, mode: 'rollback', title, hosts: [...tallies.keys()] });
  warnOfIrreversible(places, emit);
  const waves = rollbackWaves(request.events, origins).map((names) => names.flatMap((name) => tallies.get(name) ?? []));
  const gates = request.gates && new RollbackGates({ ...request, ...request.gates, places, hostNamed });
  const isHeld = await takeBackWaves(waves, { request: { ...request, places }, hostNamed, gates });
  await Promise.all([...hosts.values()].map((host) => leave(host, request, tallies, gates?.logsOn(host) ?? [])));
  return finish([...tallies.values()], hosts, { ...request, isHeld });
}

interface WavePorts {
  readonly request: RollbackRequest;
  readonly hostNamed: (name: string) => Host;
  readonly gates: RollbackGates | undefined;
}

/** @returns true when a gate or a verification has stopped it */
async function takeBackWaves(waves: readonly (readonly HostTally[])[], ports: WavePorts): Promise<boolean> {
  const { check, force, emit, signal } = ports.request;
  const behind = (index: number): readonly HostTally[] => waves.slice(index).flat();
  try {
    for (const [index, wave] of waves.entries()) {
      const refused = (await ports.gates?.ask(wave.map(({ host }) => host))) ?? [];
      if (refused.length > 0) return tellOfHold('may not go back', refused, waves, behind(index), emit);
      const left = await takeBackWave(wave, ports);
      if (check || force) continue;
      if (!wave.every(isBack)) {
        warnOfStop(wave, [...left, ...behind(index + 1)], emit);
        return false;
      }
      const wrong = (await ports.gates?.verify(wave.map(({ host }) => host))) ?? [];
      if (wrong.length > 0) return tellOfHold('failed the verification', wrong, waves, behind(index + 1), emit);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  return false;
}

/** Says how far the rollback came, and how it goes on. */
function tellOfHold(
  why: string,
  hosts: readonly string[],
  waves: readonly (readonly HostTally[])[],
  left: readonly HostTally[],
  emit: Emit,
): true {
  const back = waves.flat().filter((tally) => !left.includes(tally));
  emit({
    type: 'warning',
    message: `the rollback stops: ${hosts.join(', ')} ${why}${named('back', back)}${named('not started', left)}`,
    hint: 'Settle what was found, then run the same rollback again: it goes on there. `--force` asks no gate.',
  });
  return true;
}

/** Hosts of the run for which it changed nothing. */
function untouched({ events, hosts }: RollbackRequest, origins: readonly string[]): readonly string[] {
  const all = events.flatMap((event) =>
    event.type === 'run-started' && event.mode !== 'rollback' ? [...event.hosts] : [],
  );
  return all.filter((name) => !origins.includes(name) && (hosts?.has(name) ?? true));
}

/** @returns the hosts that were not come to, since the one before them could not be taken back */
async function takeBackWave(wave: readonly HostTally[], ports: WavePorts): Promise<readonly HostTally[]> {
  const { request, hostNamed } = ports;
  const { forks, force, check, places } = request;
  const placesOf = ({ host }: HostTally): readonly ActedPlace[] => places.filter(({ origin }) => origin === host);
  const throttles = wave.flatMap(placesOf).flatMap(({ steps }) => steps.flatMap(({ throttle }) => throttle ?? []));
  const width = check ? forks : Math.max(1, Math.min(forks, ...throttles));
  const limit = pLimit(width);
  const left: HostTally[] = [];
  let stopped = false;
  await Promise.all(
    wave.map((tally) =>
      limit(async () => {
        if (stopped) return void left.push(tally);
        await takeBackHost(tally, placesOf(tally), hostNamed, request);
        if (width === 1 && !check && !force && !isBack(tally)) stopped = true;
        return undefined;
      }),
    ),
  );
  return left;
}

function isBack({ error, summary }: HostTally): boolean {
  return error === undefined && summary.status !== 'rollback-failed';
}

function named(what: string, tallies: readonly HostTally[]): string {
  return tallies.length === 0 ? '' : `; ${what}: ${tallies.map(({ host }) => host).join(', ')}`;
}

/** A node that does not come back may be one too many for its cluster: nobody else is touched before a person has looked. */
function warnOfStop(wave: readonly HostTally[], left: readonly HostTally[], emit: Emit): void {
  if (left.length === 0) return;
  const failed = wave.filter((tally) => !isBack(tally)).map(({ host }) => host);
  emit({
    type: 'warning',
    message: `the rollback stops: ${failed.join(', ')} could not be taken back${named('not started', left)}`,
    hint: 'Look at what failed, then run the same rollback again; what is back already stays as it is.',
  });
}

/** What a run did that nothing can take back. */
function warnOfIrreversible(places: readonly ActedPlace[], emit: Emit): void {
  const stays = new Map<string, Set<string>>();
  for (const { origin, steps } of places) {
    for (const { say, task, reversible } of steps) {
      if (reversible) continue;
      const what = `${say} (${task})`;
      stays.set(what, (stays.get(what) ?? new Set()).add(origin));
    }
  }
  for (const [what, hosts] of stays) {
    emit({
      type: 'warning',
      message: `stays as it is, since nothing takes it back: ${what}, on ${[...hosts].join(', ')}`,
    });
  }
}

async function takeBackHost(
  tally: HostTally,
  places: readonly ActedPlace[],
  hostNamed: (name: string) => Host,
  { run, events, force, check = false, tasks, emit, signal }: RollbackRequest,
): Promise<void> {
  try {
    const undoPlaces = places.map(({ origin, host, as, steps, known }): UndoPlace => {
      const place = hostNamed(host);
      const only = tasks && steps.map(({ step }) => step);
      return {
        host: place,
        as: runAsUser(as, place),
        run: runNameOn(run, origin, host),
        steps: known,
        only,
      };
    });
    const firesAt = firesAtOf(tally.host, events);
    for (const { host, as } of undoPlaces) {
      await outlast(host, () => host.read([], as), { emit, signal, ...(host.name === tally.host && { firesAt }) });
    }
    const isWhole = !check && tasks === undefined;
    const heard = isWhole ? await hearHost(tally.host, undoPlaces, { emit, signal, firesAt }) : new Map();
    const result = await rollBack(tally.host, undoPlaces, {
      emit,
      steps: places.reduce((sum, { steps }) => sum + steps.length, 0),
      force,
      check,
      tasks,
      signal,
      heard,
    });
    tally.isUntouched = result.isRefused;
    if (result.undone + result.failed > 0) tally.takeBack(result);
    else tally.isAsBefore();
  } catch (thrown) {
    const error = toK3sboxError(thrown);
    tally.error = error;
    emit({
      type: 'warning',
      host: tally.host,
      message: error.message,
      ...(error.hint !== undefined && { hint: error.hint }),
    });
  }
}

/** When a dead-man switch that the run left armed fires, or has fired; undefined when there is none. */
function firesAtOf(host: string, events: readonly RunEvent[]): number | undefined {
  const at = deadmanHistory(events).unconfirmed.get(host);
  return at === undefined ? undefined : performance.now() + (at - Date.now());
}

async function leave(
  host: Host,
  { run, check, tasks, events, places, emit }: RollbackRequest,
  tallies: ReadonlyMap<string, HostTally>,
  looks: readonly string[],
): Promise<void> {
  const tally = tallies.get(host.name);
  const isBackAt = ({ origin }: ActedPlace): boolean => {
    const status = tallies.get(origin)?.summary.status;
    return status === 'rolled-back' || status === 'ok';
  };
  const isWell = tally?.error === undefined && tally?.summary.status !== 'rollback-failed';
  // What was free before, and is not taken back or only in part, is free again. Otherwise the lock says that something is left.
  const isAsBefore =
    tally?.error === undefined &&
    (tasks !== undefined || tally?.isUntouched === true || tally?.summary.status === 'skipped');
  const isFree = isAsBefore ? wasFree(events, host.name) : isWell;
  const back = tasks === undefined ? places.filter((place) => place.host === host.name && isBackAt(place)) : [];
  const finished = [...looks, ...back.map(({ origin }) => runNameOn(run, origin, host.name))];
  if (check || !isFree) await host.close();
  else await leaveHost(host, { run, finished }, { emit, hint: '' });
}

/** Whether the run, or the last rollback of it, had let go of the host. */
function wasFree(events: readonly RunEvent[], host: string): boolean {
  const isOver = events.findLast(({ type }) => type === 'run-started' || type === 'run-finished');
  const last = events.findLast((event) => event.type === 'host-ended' && event.host === host);
  const failed = last?.type === 'host-ended' && last.status === 'rollback-failed';
  return isOver?.type === 'run-finished' && !failed;
}

function finish(
  tallies: readonly HostTally[],
  hosts: ReadonlyMap<string, Host>,
  { emit, run, signal, isHeld }: RollbackRequest & { readonly isHeld: boolean },
): { readonly exitCode: number } {
  const summaries: Record<string, HostSummary> = {};
  for (const tally of tallies) {
    summaries[tally.host] = tally.summary;
    const error = tally.error && { error: errorData(tally.error) };
    emit({
      type: 'host-ended',
      host: tally.host,
      roundTrips: hosts.get(tally.host)?.roundTrips ?? 0,
      ...tally.summary,
      ...error,
    });
  }
  const exitCode = isHeld ? 6 : exitCodeOf(tallies, { isAborted: signal.aborted });
  emit({ type: 'run-finished', run, exitCode, hosts: summaries });
  return { exitCode };
}
