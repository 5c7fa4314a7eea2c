import { Deferred } from '../../base/deferred.ts';
import { LockedError } from '../../base/errors.ts';
import type { RunEvent } from '../../base/event.ts';
import { type Control, listenToControl } from '../../journal/control.ts';
import type { Journal } from '../../journal/journal.ts';
import { type Controller, type Lead, takeLead } from '../../journal/leader.ts';
import type { StoredRun } from '../../journal/run-store.ts';
import type { HostOutcome } from '../rollout/rollout-machine.ts';
import type { FleetBackend, HostPart, RunJournal } from './backend.ts';

type Work = (part: HostPart) => Promise<HostOutcome>;

interface Recorded extends StoredRun {
  readonly lead: Lead;
  readonly journal: Journal;
}

/** All in this process: hosts are worked on here and now, and what happens goes to files in the run's folder. */
export class LocalBackend implements FleetBackend {
  readonly journal: RunJournal | undefined;
  readonly #recorded: Recorded | undefined;
  readonly #lost = new AbortController();
  #work: Work | undefined;
  #served = new Deferred();

  private constructor(recorded?: Recorded) {
    this.#recorded = recorded;
    this.journal = recorded && {
      append: (event) => this.#append(recorded, event),
      synced: () => this.#synced(recorded),
    };
  }

  /** For a dry run. */
  static unrecorded(): LocalBackend {
    return new LocalBackend();
  }

  /**
   * Leads a recorded run. `isThere` tells whether a controller is still at work; `open` opens the journal, once the lead is taken.
   * @throws LockedError when another one leads it, what `open` throws
   */
  static lead(
    run: StoredRun,
    me: Controller,
    { isThere, open }: { readonly isThere: (controller: Controller) => boolean; readonly open: () => Journal },
  ): LocalBackend {
    const lead = takeLead(run, me, isThere);
    try {
      return new LocalBackend({ ...run, lead, journal: open() });
    } catch (error) {
      lead.release();
      throw error;
    }
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  #append({ journal }: Recorded, event: RunEvent): void {
    this.lost.throwIfAborted();
    journal.append(event);
  }

  async #synced({ journal, record, lead }: Recorded): Promise<void> {
    await journal.synced();
    if (!lead.isHeld()) this.#lost.abort(takenOver(record.id));
    this.lost.throwIfAborted();
  }

  serve(work: Work): void {
    this.#work = work;
    this.#served.resolve();
  }

  async dispatch(part: HostPart): Promise<HostOutcome> {
    await this.#served.promise;
    if (this.#work === undefined) throw new Error('nobody serves');
    return this.#work(part);
  }

  onControl(listener: (action: Control) => void): () => void {
    return this.#recorded === undefined ? () => {} : listenToControl(this.#recorded.folder, listener);
  }

  async close(): Promise<void> {
    try {
      await this.#recorded?.journal.close();
    } finally {
      this.#recorded?.lead.release();
    }
  }
}

function takenOver(run: string): LockedError {
  return new LockedError(`run ${run} was taken over by another controller`, {
    hint: 'This one does nothing more. Follow the run where it goes on.',
  });
}
