import { closeSync, fdatasync, fstatSync, openSync, readSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';

import { UsageError } from '../base/errors.ts';
import type { RunEvent } from '../base/event.ts';
import { describeIoError } from './io-error.ts';

const syncData = promisify(fdatasync);

/** Output kept for one task on one host; a build that prints gigabytes must not fill the disk. */
const outputLimitBytes = 1 << 20;

/**
 * The events of one run, one JSON text a line, in the order they happened. A line that was appended survives the death of
 * this process; one that was synced survives the death of the machine.
 */
export class Journal {
  readonly #fd: number;
  readonly #file: string;
  readonly #outputBytes = new Map<string, number>();
  #running: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;
  #failure: unknown;
  #torn: boolean;

  /** Opens the file for appending. @throws UsageError when it cannot be written */
  constructor(file: string) {
    this.#file = file;
    this.#fd = this.#attempt(() => openSync(file, 'a+', 0o600));
    this.#torn = this.#attempt(() => endsInsideLine(this.#fd));
  }

  /** @throws UsageError when the disk is full or gone: what cannot be recorded must not be done. */
  append(event: RunEvent): void {
    if (this.#failure !== undefined) throw this.#error(this.#failure);
    const kept = this.#bounded(event);
    if (kept === undefined) return;
    this.#attempt(() => {
      const line = `${this.#torn ? '\n' : ''}${JSON.stringify(kept)}\n`;
      this.#torn = true;
      writeFileSync(this.#fd, line);
      this.#torn = false;
    });
    if (matters(event)) {
      this.synced().catch((error: unknown) => {
        this.#failure = error;
      });
    }
  }

  /**
   * Resolves when everything appended so far is on the disk. Await it between `step-intended` and the act; hosts that ask
   * at the same time share one fsync.
   */
  synced(): Promise<void> {
    if (this.#waiting === undefined) {
      const next = this.#running.then(() => {
        this.#waiting = undefined;
        return syncData(this.#fd);
      });
      this.#waiting = next;
      this.#running = next.catch(() => {});
    }
    return this.#waiting;
  }

  /** Syncs and closes; nothing may be appended afterwards. */
  async close(): Promise<void> {
    try {
      await this.synced();
    } finally {
      closeSync(this.#fd);
    }
  }

  #bounded(event: RunEvent): RunEvent | undefined {
    if (event.type !== 'task-output' && event.type !== 'task-ended') return event;
    const key = `${event.host}\0${event.id}`;
    if (event.type === 'task-ended') {
      this.#outputBytes.delete(key);
      return event;
    }
    const before = this.#outputBytes.get(key) ?? 0;
    const after = before + event.text.length;
    this.#outputBytes.set(key, after);
    if (after <= outputLimitBytes) return event;
    return before > outputLimitBytes ? undefined : { ...event, text: '(more output was not recorded)\n' };
  }

  #attempt<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      throw this.#error(error);
    }
  }

  #error(cause: unknown): UsageError {
    return new UsageError(`the journal ${this.#file} cannot be written: ${describeIoError(cause)}`, {
      hint: 'Make room or restore access, then look at the run with `k3sbox runs show` and take it back with `k3sbox rollback`.',
      cause,
    });
  }
}

/** After a crash the last line may have no end; what follows must not be glued to it. */
function endsInsideLine(fd: number): boolean {
  const { size } = fstatSync(fd);
  if (size === 0) return false;
  const last = Buffer.alloc(1);
  readSync(fd, last, 0, 1, size - 1);
  return last[0] !== 0x0a;
}

/** What must be on the disk soon, because somebody will decide by it. */
function matters(event: RunEvent): boolean {
  switch (event.type) {
    case 'run-started':
    case 'run-finished':
    case 'step-intended':
    case 'undo-done':
    case 'rollback-started':
    case 'rollback-ended':
    case 'host-ended':
      return true;
    case 'task-ended':
      return event.status !== 'ok' && event.status !== 'skipped';
    default:
      return false;
  }
}
