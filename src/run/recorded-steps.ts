import type { RunEvent } from '../base/event.ts';
import { UsageError } from '../base/errors.ts';
import type { Diff } from '../base/op.ts';
import { didYouMean } from '../base/suggest.ts';

/** A step that a run meant to do, from its journal. */
export interface RecordedStep {
  /** "0003.1". */
  readonly step: string;
  readonly say: string;
  readonly task: string;
  /** The task's id. */
  readonly id: string;
  readonly reversible: boolean;
  /** The journal says that it changed something, and not that this was taken back. */
  readonly stands: boolean;
  /** How many hosts at once the task may run on. */
  readonly throttle: number | undefined;
  /** What it changed, as the journal has it: not for tasks with `no_log`. */
  readonly diff: Diff | undefined;
}

/** One place where a run acted. */
export interface ActedPlace {
  /** The host on whose behalf. */
  readonly origin: string;
  readonly host: string;
  readonly as: string | undefined;
  /** Steps that were meant to be done there, oldest first; of some tasks only, after {@link onlyTasks}. */
  readonly steps: readonly RecordedStep[];
  /** All of them. */
  readonly known: readonly RecordedStep[];
}

/** Where a run may have changed something, oldest first: the journal says so before it is done. Pure. */
export function actedPlaces(events: readonly RunEvent[]): readonly ActedPlace[] {
  const diffs = diffsOf(events);
  const standing = standingOf(events);
  const places = new Map<string, Omit<ActedPlace, 'known'> & { readonly steps: RecordedStep[] }>();
  for (const event of events) {
    if (event.type !== 'step-intended') continue;
    const { host: origin, on: host = origin, as, step, say, task, id, reversible, throttle } = event;
    const key = placeKey(origin, host, as);
    const place = places.get(key) ?? { origin, host, as, steps: [] };
    const diff = diffs.get(diffKey(origin, id, say));
    const stands = standing.has(`${key}\n${step}`);
    place.steps.push({ step, say, task, id, reversible, throttle, diff, stands });
    places.set(key, place);
  }
  return Array.from(places.values(), (place) => ({ ...place, known: place.steps }));
}

/**
 * What these tasks did, named as they are shown or by their ids.
 * @throws UsageError for a name that no task has that changed something
 */
export function onlyTasks(places: readonly ActedPlace[], tasks: readonly string[]): readonly ActedPlace[] {
  const names = new Set(places.flatMap(({ steps }) => steps.flatMap(({ task, id }) => [task, id])));
  for (const task of tasks) {
    if (names.has(task)) continue;
    throw new UsageError(`no task \`${task}\` of the run changed anything`, {
      hint: didYouMean(task, names) ?? `These did: ${[...new Set(places.flatMap(namesOf))].join(', ')}.`,
    });
  }
  const wanted = new Set(tasks);
  return places.flatMap((place) => {
    const steps = place.steps.filter(({ task, id }) => wanted.has(task) || wanted.has(id));
    return steps.length === 0 ? [] : [{ ...place, steps }];
  });
}

function namesOf({ steps }: ActedPlace): string[] {
  return steps.map(({ task }) => task);
}

/** Steps that were done and not taken back since, by place and number. */
function standingOf(events: readonly RunEvent[]): ReadonlySet<string> {
  const keys = new Map<string, string>();
  const standing = new Set<string>();
  for (const event of events) {
    if (event.type === 'step-intended') {
      const { host, on = host, as, id, step } = event;
      keys.set(`${host}\n${id}\n${step}`, `${placeKey(host, on, as)}\n${step}`);
    }
    if (event.type === 'step-done' && event.changed) {
      const key = keys.get(`${event.host}\n${event.id}\n${event.step}`);
      if (key !== undefined) standing.add(key);
    }
    if (event.type === 'undo-done' && event.error === undefined) {
      const { host, on = host, as, step } = event;
      standing.delete(`${placeKey(host, on, as)}\n${step}`);
    }
  }
  return standing;
}

function placeKey(origin: string, host: string, as: string | undefined): string {
  return `${origin}\n${host}\n${as ?? ''}`;
}

function diffsOf(events: readonly RunEvent[]): ReadonlyMap<string, Diff> {
  const diffs = new Map<string, Diff>();
  for (const event of events) {
    if (event.type !== 'task-ended') continue;
    for (const { say, diff } of event.steps ?? []) {
      if (diff !== undefined) diffs.set(diffKey(event.host, event.id, say), diff);
    }
  }
  return diffs;
}

function diffKey(host: string, id: string, say: string): string {
  return `${host}\n${id}\n${say}`;
}
