import { randomInt } from 'node:crypto';

/** Of the last part's 65,536 values: those of one millisecond. */
const perMillisecond = 65;

/**
 * `20261122-103012-4f2a`: UTC, so that ids sort by time wherever and whenever the runs were started. The last part is the fraction of the second, and
 * chance below a millisecond: a script may start several runs in one second, and `--last` is the last one of them.
 */
export function newRunId(now: Date): string {
  const [date = '', time = ''] = now.toISOString().replaceAll(/[-:]/g, '').split('T');
  const fraction = now.getUTCMilliseconds() * perMillisecond + randomInt(perMillisecond);
  return `${date}-${time.slice(0, 6)}-${fraction.toString(16).padStart(4, '0')}`;
}

/** Ids become paths: nothing else may. */
export function isRunId(text: string): boolean {
  return /^\d{8}-\d{6}-[0-9a-f]{4}$/.test(text);
}
