import { TaskFailedError } from '../../base/errors.ts';
import type { Step } from '../../base/op.ts';
import type { PathState } from '../../host/query.ts';
import type { HostReader } from '../../host/reader.ts';
import type { Planned } from '../module.ts';
import type { Rights } from './args.ts';
import { makeDirectory, notDirectory, requireFolder } from './directories.ts';
import { planFileOver, readTarget, type NewContent } from './file-content.ts';
import { joinPath, withoutSlash } from './paths.ts';

export interface IntoOptions {
  readonly rights: Rights;
  readonly validate?: string | undefined;
  readonly keep: boolean;
}

/** `dest` as written, and the name that the file gets when `dest` is a folder; undefined when it has none. */
export interface Place {
  readonly dest: string;
  readonly name: string | undefined;
}

/** Plans one file at `dest`, or inside it when it ends with a slash or is a folder already. */
export async function planInto(
  host: HostReader,
  options: IntoOptions,
  place: Place,
  wanted: NewContent,
): Promise<Planned> {
  const { path, now, before } = await locate(host, place, wanted);
  const steps = await planFileOver(host, now, { ...options, path }, wanted);
  return {
    steps: steps.length === 0 ? [] : [...before, ...steps],
    result: { dest: path, checksum: wanted.sha256, size: wanted.sizeBytes },
  };
}

interface Located {
  readonly path: string;
  readonly now: PathState;
  /** What makes the folder that a slash at the end of `dest` asks for. */
  readonly before: readonly Step[];
}

async function locate(host: HostReader, { dest, name }: Place, wanted: NewContent): Promise<Located> {
  const folder = withoutSlash(dest);
  const asksForFolder = dest.endsWith('/');
  if (asksForFolder && name !== undefined) {
    const path = joinPath(folder, name);
    const [at, now] = await Promise.all([host.path(folder, { follow: true }), readTarget(host, path, wanted)]);
    if (at.type !== 'absent' && at.type !== 'directory') throw notDirectory(folder);
    return { path, now, before: at.type === 'absent' ? await makeDirectory(host, folder) : [] };
  }
  const [now] = await Promise.all([readTarget(host, folder, wanted), requireFolder(host, folder)]);
  if (now.type !== 'directory' && !asksForFolder) return { path: folder, now, before: [] };
  if (name === undefined) {
    throw new TaskFailedError(`${folder} is a directory`, { hint: 'Write the name of the file in `dest`.' });
  }
  const path = joinPath(folder, name);
  return { path, now: await readTarget(host, path, wanted), before: [] };
}
