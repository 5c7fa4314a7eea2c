import { randomBytes } from 'node:crypto';

import { sayDuration } from '../base/duration.ts';
import { RollbackFailedError, UnreachableError } from '../base/errors.ts';
import type { Emit } from '../base/event.ts';
import { deadmanStory, startUndo, type DeadmanStory } from '../host/deadman.ts';
import type { Host, RunAs } from '../host/host.ts';
import { errorData } from './error-data.ts';
import { pauseFor } from './pause-for.ts';

/** How long taking a run back, and coming back, may take. */
const undoGraceMs = 180_000;

const retryMs = 1000;

export interface HearOptions {
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** The host has a dead-man switch that has not been confirmed: when it fires, on the clock of `performance.now()`. */
  readonly firesAt?: number | undefined;
}

/** A folder of a run on a host, for one of its users. */
export interface HeardPlace {
  readonly host: Host;
  readonly as: RunAs;
  readonly run: string;
}

/** What hosts did by themselves, by place. */
export type Heard = ReadonlyMap<HeardPlace, DeadmanStory>;

/**
 * Comes before a rollback. A host that a run has moved is told to take the run back by itself, since that may end the connection.
 * A host whose dead-man switch may fire is waited for. What they did is heard here, and told by the rollback, which does the
 * rest. A host that does not come back is left to the rollback, too, which fails on it.
 */
export async function hearHost(origin: string, places: readonly HeardPlace[], options: HearOptions): Promise<Heard> {
  const { emit, firesAt } = options;
  const own = places.filter(({ host }) => host.name === origin);
  const moved = own.filter(({ host }) => host.hasMoved);
  for (const { host, run, as } of moved) {
    const id = randomBytes(6).toString('hex');
    await host.inRun(run, as, (session, place) => startUndo(session, place, id));
  }
  for (const { host } of moved) await host.disconnect();
  if (moved.length === 0 && firesAt === undefined) return new Map();
  const until = moved.length > 0 ? performance.now() : (firesAt ?? 0);
  const heard = new Map<HeardPlace, DeadmanStory>();
  for (const place of own) {
    const { host, run, as } = place;
    const ask = (): Promise<DeadmanStory | undefined> => host.inRun(run, as, deadmanStory);
    const story = await outlast(host, ask, { ...options, firesAt: until }).catch(unlessUnreachable);
    if (story !== undefined) heard.set(place, story);
  }
  if ([...heard.values()].some(({ byItself }) => byItself)) emit({ type: 'deadman-fired', host: origin });
  return heard;
}

/**
 * Talks with a host that may have to go back by itself first: tries until it answers, or has had the time for it.
 * @throws UnreachableError when it does not, InterruptedError
 */
export async function outlast<T>(host: Host, talk: () => Promise<T>, options: HearOptions): Promise<T> {
  const { emit, signal, firesAt } = options;
  let isWaiting = false;
  for (;;) {
    try {
      return await talk();
    } catch (error) {
      if (!(error instanceof UnreachableError) || firesAt === undefined || signal.aborted) throw error;
      const left = firesAt + undoGraceMs - performance.now();
      if (left <= 0) throw error;
      if (!isWaiting) emit({ type: 'warning', host: host.name, message: waitingFor(host.name, firesAt, left, error) });
      isWaiting = true;
      await host.disconnect();
      await pauseFor(retryMs, signal);
    }
  }
}

function unlessUnreachable(error: unknown): undefined {
  if (!(error instanceof UnreachableError)) throw error;
}

function waitingFor(origin: string, firesAt: number, left: number, { message }: UnreachableError): string {
  const fires = firesAt - performance.now();
  const what =
    fires > 0
      ? `its dead-man switch, which takes the run back in ${sayDuration(Math.ceil(fires / 1000) * 1000)}`
      : 'it to take the run back by itself';
  return `${origin} is out of reach (${message}): waiting for ${what}; at most ${sayDuration(Math.ceil(left / 1000) * 1000)}`;
}

/** Tells of a host that has taken itself back, where no rollback of ours follows. */
export function tellStory(origin: string, story: DeadmanStory | undefined, emit: Emit): void {
  if (story === undefined) return;
  const { byItself, undone } = story;
  if (byItself) emit({ type: 'deadman-fired', host: origin });
  emit({ type: 'rollback-started', host: origin, steps: undone.length });
  let failed = 0;
  for (const { step, result, say } of undone) {
    const isWell = result === 'undone' || result === 'same';
    if (!isWell) failed++;
    const error = isWell ? undefined : errorData(new RollbackFailedError(say));
    emit({ type: 'undo-done', host: origin, step, say, ...(error && { error }) });
  }
  emit({ type: 'rollback-ended', host: origin, undone: undone.length - failed, failed });
}
