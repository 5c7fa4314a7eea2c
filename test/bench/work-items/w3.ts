import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { treeFolder } from '../bench-host.ts';

/** W3: one file of 64 MiB that cannot be compressed. */
export const w3 = { size: 64 * 1024 * 1024, dest: `${treeFolder}/blob`, path: 'blob' } as const;

export function w3Content(): Buffer {
  return randomBytes(w3.size);
}

export function w3Playbook(src: string): string {
  return stringify([{ name: 'A big file', hosts: 'all', tasks: [{ copy: { src, dest: w3.dest, mode: '0644' } }] }]);
}

/** @param src the file that was to be copied */
export function w3Problem(tree: string, src: string): string | undefined {
  const copy = join(tree, w3.path);
  return existsSync(copy) && digestOf(copy) === digestOf(src) ? undefined : `file ${w3.path}`;
}

function digestOf(file: string): string {
  return createHash('sha1').update(readFileSync(file)).digest('hex');
}
