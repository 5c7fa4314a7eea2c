import { setMaxListeners } from 'node:events';

import type { Emit } from '../base/event.ts';

/** How somebody asks a run to stop. */
export interface Stopping {
  /** Aborted by the first signal: end what runs, take unfinished hosts back. */
  readonly signal: AbortSignal;
  /** Aborted by the second one: let go of everything. */
  readonly detach: AbortSignal;
  /** No signal is listened to any more. */
  dispose(): void;
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Listens for Ctrl-C and its like. The first one lets the run stop by itself; the second ends this process with exit code
 * 130, after `letGo`, which gives the terminal back and says how to go on.
 */
export function watchSignals(emit: Emit, letGo: () => void): Stopping {
  const stop = new AbortController();
  const detach = new AbortController();
  // Every host listens.
  setMaxListeners(0, stop.signal, detach.signal);
  const onSignal = (): void => {
    if (!stop.signal.aborted) {
      emit({
        type: 'warning',
        message: 'stopping: what runs is ended, and hosts that are not through are taken back',
        hint: 'Press Ctrl-C again to let go at once.',
      });
      stop.abort(new Error('interrupted'));
      return;
    }
    detach.abort(new Error('interrupted'));
    letGo();
    process.exit(130);
  };
  for (const name of signals) process.on(name, onSignal);
  return {
    signal: stop.signal,
    detach: detach.signal,
    dispose() {
      for (const name of signals) process.off(name, onSignal);
    },
  };
}
