import type { Step } from '../../base/op.ts';
import { sh } from '../../base/sh.ts';

/** A step that only takes its time; none for no time at all. */
export function sleepStep(durationSeconds: number): readonly Step[] {
  if (durationSeconds <= 0) return [];
  // Fractions of a second are not known to every sleep.
  const whole = Math.ceil(durationSeconds);
  return [
    {
      say: `wait for ${whole} s`,
      do: { kind: 'exec', command: sh`sleep ${whole}`, timeoutMs: (whole + 60) * 1000 },
      changes: false,
      needsNoUndo: true,
    },
  ];
}
