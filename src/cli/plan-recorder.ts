import { relative } from 'node:path';

import { saltedDigest } from '../base/digest.ts';
import type { RunEvent } from '../base/event.ts';
import { Redactor } from '../base/redactor.ts';
import type { RecordedConnection } from '../journal/run-record.ts';
import type { LoadedRun } from '../plan/load.ts';
import type { SavedHost, SavedTask } from '../plan/saved-plan.ts';
import type { PlannedTask } from '../run/planned-task.ts';
import { savedTask } from '../run/saved-task.ts';
import type { RunConnections } from './run-connections.ts';

/** Gathers what a dry run finds out, as a plan file holds it: once to write one, once more to compare. */
export class PlanRecorder {
  readonly #salt: string;
  readonly #cwd: string;
  readonly #tasks = new Map<string, SavedTask[]>();
  readonly #errors = new Map<string, NonNullable<SavedHost['error']>>();
  #loaded: LoadedRun | undefined;
  #reached: Readonly<Record<string, SavedHost['reached']>> = {};
  #redactor = new Redactor();

  constructor(salt: string, cwd: string) {
    this.#salt = salt;
    this.#cwd = cwd;
  }

  readonly onLoaded = (loaded: LoadedRun, connections: RunConnections, redactor: Redactor): void => {
    const recorded = Object.entries(connections.recorded());
    this.#loaded = loaded;
    this.#reached = Object.fromEntries(recorded.map(([host, connection]) => [host, reachedBy(connection)]));
    this.#redactor = redactor;
  };

  readonly onPlanned = (planned: PlannedTask): void => {
    const task = savedTask(planned, { salt: this.#salt, hide: (data) => this.#redactor.data(data) });
    const tasks = this.#tasks.get(planned.host);
    if (tasks === undefined) this.#tasks.set(planned.host, [task]);
    else tasks.push(task);
  };

  readonly onEvent = (event: RunEvent): void => {
    if (event.type !== 'host-ended' || event.error === undefined) return;
    const { code, message } = event.error;
    this.#errors.set(event.host, { code, message });
  };

  /** Knows the secrets once everything is read. */
  get redactor(): Redactor {
    return this.#redactor;
  }

  /** Every host of the plays, how it is reached, and as far as it was planned. */
  get hosts(): Readonly<Record<string, SavedHost>> {
    const names = new Set(this.#loaded?.plays.flatMap(({ hosts }) => hosts));
    return Object.fromEntries(
      [...names].map((name) => {
        const error = this.#errors.get(name);
        const host = { reached: this.#reached[name] ?? {}, tasks: this.#tasks.get(name) ?? [] };
        return [name, { ...host, ...(error && { error }) }];
      }),
    );
  }

  /** Every file that was read so far, by its name relative to the working folder, with a digest. */
  get sources(): Readonly<Record<string, string>> {
    const sums = this.#loaded?.sources.sums ?? new Map<string, string>();
    return Object.fromEntries(
      [...sums].map(([file, sum]) => [shown(file, this.#cwd), saltedDigest(this.#salt, sum)]).toSorted(byName),
    );
  }
}

function byName([a = '']: readonly string[], [b = '']: readonly string[]): number {
  return a < b ? -1 : 1;
}

function shown(file: string, cwd: string): string {
  const path = relative(cwd, file);
  return path.startsWith('..') ? file : path;
}

/** What decides which machine it is, and as whom we act there. Keys and timeouts are the controller's own affair. */
function reachedBy({ transport, address, port, user, become, proxyJump, stateFolder }: RecordedConnection) {
  return {
    transport,
    address,
    ...(port !== undefined && { port }),
    ...(user !== undefined && { user }),
    ...(become.enabled && { become: become.user }),
    ...(proxyJump !== undefined && { proxyJump }),
    ...(stateFolder !== undefined && { stateFolder }),
  };
}
