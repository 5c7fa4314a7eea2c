import { StaleError } from '../base/errors.ts';
import type { Step } from '../base/op.ts';
import { isGuarded, type Answered } from '../host/guard.ts';
import type { SavedHost } from '../plan/saved-plan.ts';
import type { Task } from '../playbook/playbook.ts';
import { isOpaque, isTouched, readNames, touches } from './make-batch.ts';
import { digestOf, savedRead, sentenceOf } from './saved-task.ts';

/** A task that is about to act. */
export interface Acting {
  /** The host on whose behalf. */
  readonly origin: string;
  /** The host that is changed. */
  readonly on: string;
  readonly entry: { readonly task: Pick<Task, 'id'>; readonly name: string; readonly noLog: boolean };
  readonly steps: readonly Step[];
  readonly reads: readonly Answered[];
  /** Steps that go with it, and come first. */
  readonly before: readonly Step[];
}

interface Allowed {
  /** Known after apply: anything is allowed. */
  isOpen: boolean;
  readonly steps: Set<string>;
  readonly sentences: Set<string>;
  readonly reads: Set<string>;
}

interface Changed {
  /** Something was done whose effects nobody knows. */
  isOpaque: boolean;
  readonly names: Set<string>;
}

interface ApprovedOptions {
  readonly salt: string;
  /** The run has acted before, in another process: what tasks read may have been changed by it. */
  readonly hasActed?: boolean;
}

/**
 * A saved plan as a law: a task may take the steps that were planned for it on that host, and no other; and as long as
 * nothing that this run did can have changed what a task has read, it must have read what the plan rests on. Behind a command
 * of this run's own, which may have changed anything, its steps must say what they said in the plan. What the plan
 * marked as known after apply is free, and so are the tasks of an include that it could not look into.
 */
export class Approved {
  readonly #salt: string;
  readonly #hosts: ReadonlyMap<string, ReadonlyMap<string, Allowed>>;
  readonly #hasActed: boolean;
  readonly #changed = new Map<string, Changed>();

  constructor(hosts: Readonly<Record<string, SavedHost>>, { salt, hasActed = false }: ApprovedOptions) {
    this.#hosts = new Map(Object.entries(hosts).map(([name, host]) => [name, allowedOn(host)]));
    this.#salt = salt;
    this.#hasActed = hasActed;
  }

  /** This step has been done. */
  acted(host: string, step: Step): void {
    const changed = this.#changed.get(host) ?? { isOpaque: false, names: new Set() };
    this.#changed.set(host, changed);
    note(changed, step);
  }

  /** Why a task must not act; undefined when it may. */
  refusal({ origin, on, entry: { task, name, noLog }, steps, reads, before }: Acting): StaleError | undefined {
    const tasks = this.#hosts.get(origin) ?? new Map<string, Allowed>();
    if (steps.length === 0 || isOpen(task.id, tasks)) return undefined;
    const allowed = tasks.get(task.id);
    const changed = this.#changedBefore(on, before);
    // What it has read may be the work of a command before it: then the plan has said that, too, and the sentence counts.
    const isLoose = changed.isOpaque && reads.length > 0;
    const other = steps.find((step) => {
      const digest = digestOf(step, reads, this.#salt);
      if (digest === undefined || allowed?.steps.has(digest) === true) return false;
      return !isLoose || allowed?.sentences.has(sentenceOf(step, this.#salt)) !== true;
    });
    if (other !== undefined) {
      return stale(`task "${name}" would now ${noLog ? 'do something' : other.say}, which is not in the plan`);
    }
    const read = untouched(reads, changed)
      .map((one) => savedRead(one, noLog, this.#salt))
      .find(({ digest }) => allowed?.reads.has(digest) !== true);
    return read && stale(`task "${name}": ${noLog ? 'something that it read' : read.of} is not as it was a moment ago`);
  }

  #changedBefore(host: string, before: readonly Step[]): Changed {
    const done = this.#changed.get(host);
    const changed = { isOpaque: this.#hasActed || done?.isOpaque === true, names: new Set(done?.names) };
    for (const step of before) note(changed, step);
    return changed;
  }
}

/** Of what was read, that which no step of this run can have changed. */
function untouched(reads: readonly Answered[], { isOpaque: isAnything, names }: Changed): readonly Answered[] {
  if (isAnything) return [];
  return reads.filter((read) => isGuarded(read.query) && !readNames(read).some((name) => isTouched(name, names)));
}

function note(changed: Changed, step: Step): void {
  changed.isOpaque ||= isOpaque(step);
  for (const name of touches(step.do)) changed.names.add(name);
}

function allowedOn({ tasks }: SavedHost): ReadonlyMap<string, Allowed> {
  const allowed = new Map<string, Allowed>();
  for (const { id, action, steps, reads } of tasks) {
    const one = allowed.get(id) ?? nothingAllowed();
    allowed.set(id, one);
    one.isOpen ||= action === 'unknown';
    for (const { digest, sentence } of steps) {
      if (digest !== undefined) one.steps.add(digest);
      if (sentence !== undefined) one.sentences.add(sentence);
    }
    for (const { digest } of reads) one.reads.add(digest);
  }
  return allowed;
}

function nothingAllowed(): Allowed {
  return { isOpen: false, steps: new Set(), sentences: new Set(), reads: new Set() };
}

/** Ids of tasks begin with that of the include that brings them. */
function isOpen(id: string, tasks: ReadonlyMap<string, Allowed>): boolean {
  const parts = id.split('/');
  return parts.some((_part, i) => tasks.get(parts.slice(0, i + 1).join('/'))?.isOpen === true);
}

function stale(message: string): StaleError {
  return new StaleError(message, {
    hint: 'Something has changed since the plan was checked. Look at it, then make the plan again.',
  });
}
