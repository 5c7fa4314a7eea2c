import type { Emit, RunEvent } from '../base/event.ts';

/** Shows or stores a run. It only listens: it can neither change nor delay one. */
export interface Reporter {
  onEvent(event: RunEvent): void;
  /** Resolves when everything is out. Called once, after the last event, however the run ended. */
  close?(): Promise<void>;
}

/** Takes whole lines, without their newline. */
export type WriteLine = (line: string) => void;

/** One `emit` for many reporters. A reporter that throws is reported once and then left out. */
export function fanOut(reporters: readonly Reporter[], onBroken: (error: unknown) => void): Emit {
  const live = new Set(reporters);
  return (event) => {
    for (const reporter of live) {
      try {
        reporter.onEvent(event);
      } catch (error) {
        live.delete(reporter);
        onBroken(error);
      }
    }
  };
}
