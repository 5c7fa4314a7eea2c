import type { Emit } from '../base/event.ts';
import { RollbackFailedError, toK3sboxError } from '../base/errors.ts';
import { quote } from '../base/sh.ts';
import type { Host, RunAs } from '../host/host.ts';
import type { Undone, UndoResult } from '../host/undo.ts';
import { describeConflict } from './conflict.ts';
import { errorData } from './error-data.ts';
import type { Heard } from './hear-host.ts';
import type { RecordedStep } from './recorded-steps.ts';

/** Where a host's run left undo logs: on itself, or on a host that its tasks were delegated to. */
export interface UndoPlace {
  readonly host: Host;
  readonly as: RunAs;
  /** The run's name on that host; delegated steps have one of their own. */
  readonly run: string;
  /** What the journal knows of the steps there. */
  readonly steps?: readonly RecordedStep[];
  /** The steps to take back; undefined: all. */
  readonly only?: readonly string[] | undefined;
}

export interface RollBackOptions {
  readonly emit: Emit;
  /** How many steps may have to be taken back. */
  readonly steps: number;
  readonly force?: boolean;
  /** Only look: says what would be taken back, and what stands against it. */
  readonly check?: boolean;
  /** The places name the steps of these tasks only; for the hints. */
  readonly tasks?: readonly string[] | undefined;
  readonly signal: AbortSignal;
  /** What hosts have done by themselves already. */
  readonly heard?: Heard;
}

export interface RolledBack {
  /** Steps taken back. */
  readonly undone: number;
  /** Steps that could not be, or must not be. */
  readonly failed: number;
  /** Something spoke against it, and nothing was done. */
  readonly isRefused: boolean;
}

const delegation = /\.for-.*$/;

/** The run's name in a host's log; the steps of `origin` have one of their own on another host. */
export function runNameOn(run: string, origin: string, host: string): string {
  return host === origin ? run : `${run}.for-${origin.replaceAll(/[^\w.-]/g, '_')}`;
}

/**
 * Takes back what a run did for one host: the newest place first, past failures. A lost connection is made again. What
 * speaks against it at one place leaves all of them as they are.
 */
export async function rollBack(
  origin: string,
  places: readonly UndoPlace[],
  options: RollBackOptions,
): Promise<RolledBack> {
  const { emit, steps, check = false, force = false } = options;
  const story = new Story(origin, options);
  const order = places.toReversed();
  if (!check) emit({ type: 'rollback-started', host: origin, steps });
  const against = check || force || places.length < 2 ? [] : await whatStandsAgainst(order, options);
  for (const [place, undone] of against) story.tell(place, undone);
  for (const place of against.length === 0 ? order : []) {
    const heard = options.heard?.get(place)?.undone ?? [];
    for (const undone of heard) if (isWell(undone)) story.tell(place, undone);
    await undoAt(place, check, story, options);
    // What the host could not take back was tried once more.
    for (const undone of heard) if (!isWell(undone) && !story.knows(place, undone)) story.tell(place, undone);
  }
  const { undone, failed, isRefused } = story;
  const part = options.tasks !== undefined && ({ part: true } as const);
  if (!check) emit({ type: 'rollback-ended', host: origin, undone, failed, ...part });
  return { undone, failed, isRefused };
}

function isWell({ result }: Undone): boolean {
  return result === 'undone' || result === 'same';
}

async function undoAt(
  place: UndoPlace,
  check: boolean,
  story: Pick<Story, 'tell' | 'tellFailure'>,
  { force, signal }: RollBackOptions,
): Promise<void> {
  try {
    await place.host.undo(place.run, place.as, {
      signal,
      check,
      force: force ?? false,
      only: place.only,
      onUndone: (undone) => story.tell(place, undone),
    });
  } catch (thrown) {
    story.tellFailure(place, thrown);
  }
}

/** Places are undone one after the other: before the first is touched, all are asked. One out of reach says so later. */
async function whatStandsAgainst(
  places: readonly UndoPlace[],
  options: RollBackOptions,
): Promise<readonly (readonly [UndoPlace, Undone])[]> {
  const against: (readonly [UndoPlace, Undone])[] = [];
  const tell = (place: UndoPlace, undone: Undone): void => {
    if (undone.result === 'refused' || undone.result === 'blocked') against.push([place, undone]);
  };
  for (const place of places) await undoAt(place, true, { tell, tellFailure: () => undefined }, options);
  return against;
}

/** Tells what happens to the steps of one host, and counts. */
class Story {
  readonly #origin: string;
  readonly #options: RollBackOptions;
  readonly #undone = new Set<string>();
  readonly #failed = new Set<string>();
  #isRefused = false;

  constructor(origin: string, options: RollBackOptions) {
    this.#origin = origin;
    this.#options = options;
  }

  get undone(): number {
    return [...this.#undone].filter((step) => !this.#failed.has(step)).length;
  }

  get isRefused(): boolean {
    return this.#isRefused;
  }

  get failed(): number {
    return this.#failed.size;
  }

  knows(place: UndoPlace, { step }: Undone): boolean {
    const key = `${keyOf(place)} ${step}`;
    return this.#undone.has(key) || this.#failed.has(key);
  }

  tell(place: UndoPlace, undone: Undone): void {
    const { step, result, say } = undone;
    const key = `${keyOf(place)} ${step}`;
    if (result === 'undone') this.#undone.add(key);
    if (result === 'undone' || result === 'planned') return this.#emit(place, step, say);
    if (result === 'same' && this.#options.check) return undefined;
    if (result === 'same') return this.#emit(place, step, `${say}: was as before`);
    if (result === 'left') return this.#warnOfLeft(place, undone);
    if (result === 'missing') return this.#tellMissing(place);
    this.#failed.add(key);
    if (result === 'refused' || result === 'blocked') this.#isRefused = true;
    const known = place.steps?.find((one) => one.step === step);
    const { words, diff } = undone.conflict ? describeConflict(undone.conflict, known?.diff) : { words: '' };
    const message = `${withTask(undone, place)}${words === '' ? '' : ` (${words})`}`;
    const error = new RollbackFailedError(message, { hint: this.#hint(place, undone) });
    return this.#emit(place, step, say, { error: errorData(error), ...(diff && { diff }) });
  }

  tellFailure(place: UndoPlace, thrown: unknown): void {
    this.#failed.add(keyOf(place));
    const hint = this.#hint(place, { result: 'failed' });
    const error = new RollbackFailedError(toK3sboxError(thrown).message, { cause: thrown, hint });
    this.#emit(place, '', `take back what was done on ${place.host.name}`, { error: errorData(error) });
  }

  #emit({ host, as }: UndoPlace, step: string, say: string, more: Partial<UndoEvent> = {}): void {
    this.#options.emit({
      type: 'undo-done',
      host: this.#origin,
      step,
      say,
      ...(this.#options.check && { planned: true }),
      ...(host.name !== this.#origin && { on: host.name }),
      ...(as !== undefined && { as: as.user }),
      ...more,
    });
  }

  /** Nothing, where the run did nothing either. */
  #tellMissing(place: UndoPlace): void {
    const { host, run, steps = [], only } = place;
    const standing = steps.filter(({ step, stands }) => stands && (only?.includes(step) ?? true));
    if (standing.length === 0) return;
    for (const { step } of standing) this.#failed.add(`${keyOf(place)} ${step}`);
    const error = new RollbackFailedError(`the undo log of this run is gone from ${host.name}`, {
      hint: `What stands there is told by \`k3sbox runs show ${run.replace(delegation, '')} --diff\`.`,
    });
    this.#emit(place, '', `take back what was done on ${host.name}`, { error: errorData(error) });
  }

  #warnOfLeft({ steps }: UndoPlace, { step, say }: Undone): void {
    const task = steps?.find((one) => one.step === step)?.task ?? step;
    this.#options.emit({
      type: 'warning',
      host: this.#origin,
      message: `not done ${say}: its task was not named`,
      hint: `If what runs must use what was taken back, add \`--task ${quote(task)}\`.`,
    });
  }

  #hint({ host, as, run }: UndoPlace, { result }: { readonly result: UndoResult }): string {
    const { tasks } = this.#options;
    const only = tasks?.map((task) => ` --task ${quote(task)}`).join('') ?? '';
    const again = `k3sbox rollback ${run.replace(delegation, '')} --limit ${this.#origin}${only}`;
    if (result === 'conflict') return `Compare, then overwrite it with \`${again} --force\`.`;
    if (result === 'blocked') return 'Name that task with `--task`, too.';
    if (result === 'refused') return `Nothing was touched here. Settle that, or insist with \`${again} --force\`.`;
    if (tasks !== undefined) return `Try again with \`${again}\`.`;
    const { stateFolder, user = 'root' } = host.connection;
    const own = (as?.user ?? user) === 'root' ? '/var/lib/k3sbox' : '~/.local/state/k3sbox';
    const undo = stateFolder === undefined ? `${own}/runs/${run}/undo` : quote(`${stateFolder}/runs/${run}/undo`);
    return `Try again with \`${again}\`, or on ${host.name}: sh ${undo}`;
  }
}

type UndoEvent = Extract<Parameters<Emit>[0], { type: 'undo-done' }>;

function keyOf({ host, as, run }: UndoPlace): string {
  return `${host.name} ${as?.user ?? ''} ${run}`;
}

/** The host knows steps by their numbers, people know tasks by their names. */
function withTask({ say, blockedBy }: Undone, { steps }: UndoPlace): string {
  const task = steps?.find(({ step }) => step === blockedBy)?.task;
  return task === undefined ? say : say.replace(/step [\d.]+, which/, () => `the task \`${task}\`, which`);
}
