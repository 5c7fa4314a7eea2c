import type { Ownership, Step } from '../../base/op.ts';
import type { HostReader } from '../../host/reader.ts';
import { folderOf } from './paths.ts';

/** The steps that make a directory which is known to be absent, and whichever are missing above it, all with the same rights. */
export async function makeDirectory(host: HostReader, path: string, rights: Ownership = {}): Promise<readonly Step[]> {
  const above = ancestors(folderOf(path));
  const states = await Promise.all(above.map((folder) => host.path(folder, { follow: true })));
  const missing = states.filter(({ type }) => type === 'absent').map((state) => state.path);
  return [...missing, path].map((folder) => ({
    say: `make directory ${folder}`,
    do: { kind: 'directory', path: folder, ...rights },
  }));
}

/** "/a/b" -> ["/a", "/a/b"]. */
function ancestors(path: string): readonly string[] {
  return path === '/' ? [] : [...ancestors(folderOf(path)), path];
}
