import type { Ownership, Step } from '../../base/op.ts';
import { sh } from '../../base/sh.ts';
import type { HostReader } from '../../host/reader.ts';
import { folderOf } from './paths.ts';

/**
 * The steps that make a directory which is known to be absent, and whichever are missing above it, all with the same rights.
 * Which ones are missing is no part of the guard: an earlier task may well make one of them.
 */
export async function makeDirectory(host: HostReader, path: string, rights: Ownership = {}): Promise<readonly Step[]> {
  const above = ancestors(folderOf(path));
  const command = sh`for folder in ${above}; do [ -d "$folder" ] || printf '%s\\n' "$folder"; done`;
  const { stdout } = await host.probe(command, { unguarded: true });
  const missing = above.filter((folder) => stdout.split('\n').includes(folder));
  return [...missing, path].map((folder) => ({
    say: `make directory ${folder}`,
    do: { kind: 'directory', path: folder, ...rights },
  }));
}

/** "/a/b" -> ["/a", "/a/b"]. */
function ancestors(path: string): readonly string[] {
  return path === '/' ? [] : [...ancestors(folderOf(path)), path];
}
