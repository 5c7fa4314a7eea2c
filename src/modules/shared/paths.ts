import { TaskFailedError } from '../../base/errors.ts';
import type { HostReader } from '../../host/reader.ts';

/** The path with `~` replaced and without needless slashes; a slash at its end is kept, since it may mean something. */
export async function expandPath(host: HostReader, path: string): Promise<string> {
  const [, user, rest = ''] = /^~([^/]*)(.*)$/.exec(path) ?? [];
  const absolute = user === undefined ? path : (await home(host, user)) + rest;
  return absolute.replaceAll(/\/{2,}/g, '/');
}

async function home(host: HostReader, user: string): Promise<string> {
  if (user !== '') {
    const entry = await host.user(user);
    if (entry !== undefined) return entry.home;
    throw new TaskFailedError(`there is no user ${user} whose home folder could be used`);
  }
  const { user_dir: folder } = await host.facts();
  if (typeof folder === 'string' && folder.startsWith('/')) return folder;
  throw new TaskFailedError('the home folder of the remote user is not known', { hint: 'Write the absolute path.' });
}

/** Without the slash at the end. "/" stays. */
export function withoutSlash(path: string): string {
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** "/etc/motd" -> "motd", "/etc/" -> "etc", "/" -> "". */
export function baseName(path: string): string {
  return withoutSlash(path).split('/').at(-1) ?? '';
}

/** "/etc/motd" -> "/etc", "/etc" -> "/". */
export function folderOf(path: string): string {
  const clean = withoutSlash(path);
  return clean.slice(0, Math.max(1, clean.lastIndexOf('/')));
}

/** One slash between; an absolute `name` stands for itself. */
export function joinPath(folder: string, name: string): string {
  if (name.startsWith('/')) return name;
  return `${withoutSlash(folder) === '/' ? '' : withoutSlash(folder)}/${name}`;
}
