import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { treeFolder } from '../bench-host.ts';

/** W4: 500 files of 1 KiB in ten folders. */
export const w4 = {
  folder: 'many',
  files: Array.from({ length: 500 }, (_, i) => ({
    path: `d${i % 10}/f${i}`,
    text: `file ${i}\n`.padEnd(1023, `${i} `).concat('\n'),
  })),
} as const;

export const w4Dest = `${treeFolder}/${w4.folder}`;

/** @param src the folder that is to be copied */
export function w4Playbook(src: string): string {
  const copy = { src: `${src}/`, dest: `${w4Dest}/`, mode: '0644', directory_mode: '0755' };
  return stringify([{ name: 'Many files', hosts: 'all', tasks: [{ copy }] }]);
}

export function w4Problem(tree: string): string | undefined {
  const at = (path: string): string => join(tree, w4.folder, path);
  const wrong = w4.files.find(({ path, text }) => !existsSync(at(path)) || readFileSync(at(path), 'utf8') !== text);
  return wrong === undefined ? undefined : `file ${wrong.path}`;
}
