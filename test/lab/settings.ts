import { createHash } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** True inside `lab rootless`: we are root of a user namespace only. */
export const isRootless = process.env['LAB_ROOTLESS'] === '1';

/** Where bases, layers and repositories are kept for every clone on this machine. */
export const cacheDir =
  process.env['LAB_CACHE'] ??
  (process.getuid?.() === 0 && !isRootless ? '/var/cache/k3sbox-lab' : join(homedir(), '.cache/k3sbox-lab'));

/** Where the state of all labs of this clone is; each has a directory of its own in it. */
export const stateDir = process.env['LAB_STATE'] ?? join(root, '.lab');

/** The name of the lab that commands without one mean. */
export const labName = process.env['LAB'] ?? 'lab';

/** A problem of the lab that a person must solve; the message says how. */
export class LabError extends Error {
  override readonly name = 'LabError';
}

/** The first 12 hexadecimal digits of the SHA-256 of all parts. */
export function digest(...parts: readonly (string | Buffer)[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex').slice(0, 12);
}
