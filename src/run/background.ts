import type { Emit } from '../base/event.ts';
import { UnreachableError } from '../base/errors.ts';
import { sanitise } from '../base/text.ts';
import { jobState, type JobPlace, type JobState } from '../host/job.ts';

interface LeftAlone extends JobPlace {
  /** The task that started it. */
  readonly task: string;
  /** Its folder, as the host says. */
  readonly folder: string;
}

/** The commands that one host's tasks have started with `poll: 0` in a play. */
export class Background {
  readonly #started: LeftAlone[] = [];

  note(job: LeftAlone): void {
    this.#started.push(job);
  }

  /** At the end of the play: tells of those that still run or have failed, since nobody waits for them. */
  async report(emit: Emit): Promise<void> {
    for (const job of this.#started) {
      const state = await stateOf(job);
      const what = state && concernOf(state);
      if (what === undefined) continue;
      emit({
        type: 'warning',
        host: job.host.name,
        message: `"${job.task}" ${what}`,
        hint: `See on ${job.host.name}: sh ${sanitise(job.folder)}/look`,
      });
    }
  }
}

async function stateOf(job: JobPlace): Promise<JobState | undefined> {
  try {
    return await jobState(job);
  } catch (error) {
    // The play is over; whether the host can be reached is not its matter any more.
    if (error instanceof UnreachableError) return undefined;
    throw error;
  }
}

function concernOf(state: JobState): string | undefined {
  switch (state.is) {
    case 'running':
      return 'still runs in the background, and goes on there';
    case 'lost':
      return 'is gone from the background without a result';
    case 'ended':
      if (state.how === 'limit') return 'was ended in the background: its time was up';
      return state.exitCode === 0 ? undefined : `has failed in the background with exit code ${state.exitCode}`;
    default:
      return undefined;
  }
}
