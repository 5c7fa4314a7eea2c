import pLimit from 'p-limit';

import type { Connection } from '../base/connection.ts';
import type { Emit, HostSummary, RunEvent } from '../base/event.ts';
import { toK3sboxError } from '../base/errors.ts';
import { Host, type Connect } from '../host/host.ts';
import type { LockOwner } from '../host/lock.ts';
import { errorData } from './error-data.ts';
import { exitCodeOf, HostTally } from './host-tally.ts';
import { runAsUser } from './run-as.ts';
import { rollbackWaves } from './rollback-waves.ts';
import { rollBack, runNameOn, type UndoPlace } from './roll-back.ts';

export interface RollbackRequest {
  /** The run to take back. */
  readonly run: string;
  /** Its events, as the journal has them. */
  readonly events: readonly RunEvent[];
  /** Only these hosts, when given. */
  readonly hosts?: ReadonlySet<string> | undefined;
  readonly force: boolean;
  readonly forks: number;
  readonly connectionOf: (host: string) => Connection;
  readonly connect: Connect;
  /** Under the name of the run that is taken back: its own lock may still be there. */
  readonly owner: LockOwner;
  readonly emit: Emit;
  readonly signal: AbortSignal;
}

/** One place where a run acted, from its journal. */
export interface ActedPlace {
  /** The host on whose behalf. */
  readonly origin: string;
  readonly host: string;
  readonly as: string | undefined;
  /** Steps that were meant to be done there. */
  readonly steps: number;
}

/** Where a run may have changed something, oldest first: the journal says so before it is done. Pure. */
export function actedPlaces(events: readonly RunEvent[]): readonly ActedPlace[] {
  const places = new Map<string, ActedPlace>();
  for (const event of events) {
    if (event.type !== 'step-intended') continue;
    const key = `${event.host}\n${event.on ?? ''}\n${event.as ?? ''}`;
    const steps = (places.get(key)?.steps ?? 0) + 1;
    places.set(key, { origin: event.host, host: event.on ?? event.host, as: event.as, steps });
  }
  return [...places.values()];
}

/**
 * Takes a run back, any time later: in reverse waves, each host newest step first. A wave that fails stops the ones behind it. What somebody
 * changed since is left alone unless forced.
 */
export async function rollBackRun(request: RollbackRequest): Promise<{ readonly exitCode: number }> {
  const { run, emit, forks, signal } = request;
  const places = actedPlaces(request.events).filter(({ origin }) => request.hosts?.has(origin) ?? true);
  const origins = [...new Set(places.map(({ origin }) => origin))].toReversed();
  const tallies = new Map(origins.map((origin) => [origin, new HostTally(origin)]));
  const hosts = new Map<string, Host>();
  const hostNamed = (name: string): Host => {
    const known = hosts.get(name);
    if (known !== undefined) return known;
    const host = new Host(request.connectionOf(name), request.connect, signal);
    host.lockFor(request.owner);
    hosts.set(name, host);
    return host;
  };
  emit({ type: 'run-started', run, mode: 'rollback', title: `rollback of ${run}`, hosts: origins });
  const limit = pLimit(forks);
  const waves = rollbackWaves(request.events, origins).map((names) => names.flatMap((name) => tallies.get(name) ?? []));
  for (const [index, wave] of waves.entries()) {
    const takeBack = (tally: HostTally): Promise<void> => {
      const own = places.filter(({ origin }) => origin === tally.host);
      return limit(() => takeBackHost(tally, own, hostNamed, request));
    };
    await Promise.all(wave.map(takeBack));
    if (request.force || wave.every(isBack)) continue;
    warnOfStop(wave, waves.slice(index + 1).flat(), emit);
    break;
  }
  await Promise.all([...hosts.values()].map((host) => leave(host, request, tallies)));
  return finish([...tallies.values()], hosts, request);
}

function isBack({ error, summary }: HostTally): boolean {
  return error === undefined && summary.status !== 'rollback-failed';
}

/** A node that does not come back may be one too many for its cluster: nobody else is touched before a person has looked. */
function warnOfStop(wave: readonly HostTally[], left: readonly HostTally[], emit: Emit): void {
  if (left.length === 0) return;
  const failed = wave.filter((tally) => !isBack(tally)).map(({ host }) => host);
  emit({
    type: 'warning',
    message: `the rollback stops: ${failed.join(', ')} could not be taken back; not started: ${left.map(({ host }) => host).join(', ')}`,
    hint: 'Look at what failed, then run the same rollback again; what is back already stays as it is.',
  });
}

async function takeBackHost(
  tally: HostTally,
  places: readonly ActedPlace[],
  hostNamed: (name: string) => Host,
  { run, force, emit, signal }: RollbackRequest,
): Promise<void> {
  try {
    const undoPlaces = places.map(({ origin, host, as }): UndoPlace => {
      const place = hostNamed(host);
      return { host: place, as: runAsUser(as, place), run: runNameOn(run, origin, host) };
    });
    for (const { host, as } of undoPlaces) await host.read([], as);
    tally.takeBack(
      await rollBack(tally.host, undoPlaces, {
        emit,
        steps: places.reduce((sum, { steps }) => sum + steps, 0),
        force,
        signal,
      }),
    );
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

async function leave(host: Host, { run }: RollbackRequest, tallies: ReadonlyMap<string, HostTally>): Promise<void> {
  const tally = tallies.get(host.name);
  if (tally?.error === undefined && tally?.summary.status !== 'rollback-failed') await host.unlock(run);
  await host.close();
}

function finish(
  tallies: readonly HostTally[],
  hosts: ReadonlyMap<string, Host>,
  { emit, run, signal }: RollbackRequest,
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
  const exitCode = exitCodeOf(tallies, signal.aborted);
  emit({ type: 'run-finished', run, exitCode, hosts: summaries });
  return { exitCode };
}
