import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

import type { FetchedFile } from '../modules/module.ts';

/** Whether any of the files is not on the controller as it came from the host. */
export function differsFromFetched(files: readonly FetchedFile[], folder: string): boolean {
  return files.some(({ path, content }) => !readIfThere(resolve(folder, path))?.equals(content));
}

/** Writes the files that differ, whole or not at all; relative paths start at `folder`. */
export function writeFetched(files: readonly FetchedFile[], folder: string): void {
  for (const { path, content } of files) {
    const target = resolve(folder, path);
    if (readIfThere(target)?.equals(content)) continue;
    mkdirSync(dirname(target), { recursive: true });
    const temporary = `${target}.k3sbox-new`;
    writeFileSync(temporary, content, { mode: 0o600 });
    renameSync(temporary, target);
  }
}

function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
