import { TaskFailedError } from '../../base/errors.ts';
import type { Ownership, Step } from '../../base/op.ts';
import type { HostReader } from '../../host/reader.ts';
import { folderOf } from './paths.ts';

/** Fails when nothing can be put at `path`, because its folder is missing, or is no folder. @throws TaskFailedError */
export async function requireFolder(host: HostReader, path: string): Promise<void> {
  const folder = folderOf(path);
  const { type } = await host.path(folder, { follow: true });
  if (type === 'directory' || (type === 'absent' && host.isLenient === true)) return;
  if (type !== 'absent') throw notDirectory(folder);
  throw new TaskFailedError(`there is no directory ${folder}`, {
    hint: 'Make it in a task before this one, with `file` and `state: directory`.',
  });
}

/**
 * The steps that make a directory which is known to be absent, and whichever are missing above it, all with the same rights.
 * @throws TaskFailedError when something else is in the way
 */
export async function makeDirectory(host: HostReader, path: string, rights: Ownership = {}): Promise<readonly Step[]> {
  const above = ancestors(folderOf(path));
  const states = await Promise.all(above.map((folder) => host.path(folder, { follow: true })));
  const inTheWay = states.find(({ type }) => type !== 'absent' && type !== 'directory');
  if (inTheWay !== undefined) throw notDirectory(inTheWay.path);
  const missing = states.filter(({ type }) => type === 'absent').map((state) => state.path);
  await refuseBrokenLinks(host, [...missing, path]);
  return [...missing, path].map((folder) => ({
    say: `make directory ${folder}`,
    do: { kind: 'directory', path: folder, ...rights },
  }));
}

/** What is absent when links are followed may still be a link that leads nowhere. */
async function refuseBrokenLinks(host: HostReader, paths: readonly string[]): Promise<void> {
  const states = await Promise.all(paths.map((path) => host.path(path)));
  const link = states.find(({ type }) => type === 'link');
  if (link !== undefined) throw new TaskFailedError(`${link.path} is a link that leads nowhere`);
}

/** Something stands where a folder is needed. */
export function notDirectory(path: string): TaskFailedError {
  return new TaskFailedError(`${path} is not a directory`);
}

/** "/a/b" -> ["/a", "/a/b"]. */
function ancestors(path: string): readonly string[] {
  return path === '/' ? [] : [...ancestors(folderOf(path)), path];
}
