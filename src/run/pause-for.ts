import { setTimeout as sleep } from 'node:timers/promises';

import { InterruptedError } from '../base/errors.ts';

/** Waits, unless the run is interrupted meanwhile. @throws InterruptedError */
export async function pauseFor(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(ms, undefined, { signal });
  } catch (cause) {
    throw new InterruptedError('interrupted', { cause });
  }
}
