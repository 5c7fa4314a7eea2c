import { randomBytes } from 'node:crypto';

/** `20261122-103012-4f2a`: UTC, so that ids sort by time wherever and whenever the runs were started. */
export function newRunId(now: Date): string {
  const [date = '', time = ''] = now.toISOString().replaceAll(/[-:]/g, '').split('T');
  return `${date}-${time.slice(0, 6)}-${randomBytes(2).toString('hex')}`;
}

/** Ids become paths: nothing else may. */
export function isRunId(text: string): boolean {
  return /^\d{8}-\d{6}-[0-9a-f]{4}$/.test(text);
}
