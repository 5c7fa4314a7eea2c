import { randomBytes } from 'node:crypto';

import type { Connection } from '../base/connection.ts';
import { sayDuration } from '../base/duration.ts';
import {
  InterruptedError,
  TaskFailedError,
  toK3sboxError,
  UnreachableError,
  type K3sboxError,
} from '../base/errors.ts';
import type { Emit } from '../base/event.ts';
import { confirmDeadman, type BatchDeadman } from '../host/deadman.ts';
import type { Host, RunAs } from '../host/host.ts';
import type { Deadman, Handler } from '../playbook/playbook.ts';
import type { VariableScope } from '../template/variable-scope.ts';
import { numberOf, textOf } from './keyword-values.ts';
import { pauseFor } from './pause-for.ts';

export interface DeadmanPorts {
  readonly run: string;
  readonly host: Host;
  readonly emit: Emit;
  readonly signal: AbortSignal;
  /** From now on a failure has to reckon with the switch. */
  readonly onArming: (scope: DeadmanScope) => void;
}

/** Between two attempts to confirm: what was restarted comes up meanwhile. */
const retryMs = 500;

const timerSlackMs = 1500;

/** One attempt may take a third of the time, but not less than this. */
const leastAttemptMs = 5000;

/** Tasks under a dead-man switch, on their way through one host. */
export class DeadmanScope {
  readonly afterMs: number;
  /** Handlers that tasks of the scope have notified: they belong to it. */
  readonly notified = new Set<Handler>();
  readonly #id = randomBytes(6).toString('hex');
  readonly #ports: DeadmanPorts;
  /** Each user has an undo log, and so a switch, of its own. */
  readonly #switches = new Map<string, { readonly as: RunAs; isArmed: boolean }>();
  #since: number | undefined;
  #problem: K3sboxError | undefined;
  #isNoted = false;

  constructor(afterMs: number, ports: DeadmanPorts) {
    this.afterMs = afterMs;
    this.#ports = ports;
  }

  /** When it fires, on the clock of `performance.now()`: by then at the latest when nobody knows whether it is armed. */
  get firesAt(): number {
    return (this.#since ?? performance.now()) + this.afterMs;
  }

  /** For the first change that a dry run finds in it. */
  takeNote(): string | undefined {
    if (this.#isNoted) return undefined;
    this.#isNoted = true;
    return `guarded by a dead-man switch of ${sayDuration(this.afterMs)}`;
  }

  /** What a batch needs to act under it; undefined while nothing has been changed and nothing is. */
  forBatch(as: RunAs, changes: boolean): BatchDeadman | undefined {
    const key = as?.user ?? '';
    let own = this.#switches.get(key);
    if (own === undefined && !changes) return undefined;
    if (own === undefined) this.#switches.set(key, (own = { as, isArmed: false }));
    this.#ports.onArming(this);
    const armed = own;
    return {
      id: this.#id,
      afterMs: armed.isArmed ? undefined : this.afterMs,
      onArmed: () => {
        armed.isArmed = true;
        this.#since ??= performance.now();
        this.#ports.emit({ type: 'deadman-armed', host: this.#ports.host.name, afterMs: this.afterMs });
      },
    };
  }

  /**
   * Claims the switches over new connections, again and again until the time is up; the host has moved then, if it was to.
   * @throws TaskFailedError when the host goes back, InterruptedError
   */
  async confirm(movedTo: Connection['movedTo'], signal = this.#ports.signal): Promise<void> {
    const { host, emit } = this.#ports;
    if (this.#switches.size === 0) return;
    if (!(await this.#claim(movedTo, signal))) {
      await host.disconnect();
      throw new TaskFailedError(`${this.#whyNot()}; its dead-man switch takes the run back`);
    }
    if (movedTo !== undefined) await host.moveTo(movedTo);
    emit({ type: 'deadman-confirmed', host: host.name, ...movedTo });
  }

  /** What to say of a host that its switch has taken back. `error` is what had ended the host's run. */
  fired(error: K3sboxError | undefined): TaskFailedError {
    if (error?.code === 'unreachable') this.#problem ??= error;
    const after = sayDuration(this.afterMs);
    return new TaskFailedError(`${this.#whyNot()}; its dead-man switch took the run back after ${after}`, {
      cause: error,
      hint: 'The host says what it did in `deadman.log`, in the folder of the run there.',
    });
  }

  #whyNot(): string {
    const { name } = this.#ports.host;
    if (this.#problem !== undefined) return `the change cut ${name} off (${this.#problem.message})`;
    return `${name} was not through with what stands under \`deadman\` within ${sayDuration(this.afterMs)}`;
  }

  /** False: too late, or out of reach until the end. */
  async #claim(movedTo: Connection['movedTo'], signal: AbortSignal): Promise<boolean> {
    do {
      if (signal.aborted) throw new InterruptedError('interrupted');
      try {
        const isOurs = await this.#attempt(movedTo, signal);
        if (!isOurs) this.#problem = undefined;
        return isOurs;
      } catch (error) {
        const problem = toK3sboxError(error);
        if (this.#problem === undefined || problem !== noAnswer) this.#problem = problem;
      }
      await pauseFor(Math.min(retryMs, Math.max(0, this.firesAt - performance.now())), signal);
    } while (performance.now() < this.firesAt);
    // The timer of the host and ours are not the same.
    await pauseFor(timerSlackMs, signal);
    return false;
  }

  async #attempt(movedTo: Connection['movedTo'], signal: AbortSignal): Promise<boolean> {
    const { host, run } = this.#ports;
    const left = Math.max(1, this.firesAt - performance.now());
    const timeout = AbortSignal.timeout(Math.ceil(Math.min(left, Math.max(leastAttemptMs, this.afterMs / 3))));
    const fresh = host.anew(movedTo, AbortSignal.any([signal, timeout]));
    const claims = async (): Promise<boolean> => {
      for (const { as } of this.#switches.values()) {
        const isOurs = await fresh.inRun(run, as, (session, place) => confirmDeadman(session, place, this.#id));
        if (!isOurs) return false;
      }
      return true;
    };
    try {
      return await Promise.race([claims(), failureOf(timeout)]);
    } finally {
      await fresh.disconnect();
    }
  }
}

const noAnswer = new UnreachableError('no answer over a new connection');

function failureOf(timeout: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    timeout.addEventListener('abort', () => reject(noAnswer), { once: true });
  });
}

/** Where the host is to be once the change has moved it. Undefined: where it was. */
export function newPlaceOf({ address, port }: Deadman, scope: VariableScope): Connection['movedTo'] {
  if (address === undefined && port === undefined) return undefined;
  const number = numberOf(port, scope);
  return { ...(address && { address: textOf(address, scope) }), ...(number !== undefined && { port: number }) };
}

/** A host that is to be left as it is must not go back by itself; one that is out of reach does. */
export async function isConfirmed(guard: DeadmanScope, signal: AbortSignal): Promise<boolean> {
  try {
    await guard.confirm(undefined, signal);
    return true;
  } catch {
    return false;
  }
}
