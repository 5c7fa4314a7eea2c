import type { Span } from '../../base/diagnostic.ts';
import type { Step } from '../../base/op.ts';
import type { PathState } from '../../host/query.ts';
import type { HostReader } from '../../host/reader.ts';
import type { LocalFiles, Planned } from '../module.ts';
import type { Rights } from './args.ts';
import { makeDirectory, notDirectory } from './directories.ts';
import { localContent, planFile } from './file-content.ts';
import { ownershipFor, planRights } from './ownership.ts';
import { baseName, folderOf, joinPath, withoutSlash } from './paths.ts';
import { remoteContent } from './remote-content.ts';

export interface TreeCopy {
  readonly host: HostReader;
  /** With a slash at its end: what is in it; without: itself. */
  readonly src: string;
  readonly dest: string;
  readonly rights: Rights;
  readonly folderRights: Rights;
  /** Give every path the mode of its source. */
  readonly preserve: boolean;
  /** Leave files alone that are there. */
  readonly keep: boolean;
}

/** Copies a folder of the controller. */
export async function planLocalTree(
  copy: TreeCopy & { readonly files: LocalFiles; readonly at: Span },
): Promise<Planned> {
  const { host, files, at, src, preserve, keep } = copy;
  const root = withoutSlash(src);
  const target = targetOf(copy);
  const entries = await files.list('files', root, at);
  const listed = entries.filter(({ isDirectory }) => isDirectory).map(({ path, mode }) => ({ path, mode }));
  const parents = entries.flatMap(({ path }) => foldersAbove(path)).map((path) => ({ path, mode: '755' }));
  const folders = uniqueByPath([...listed, ...parents]);
  // Local files first, so that all questions to the host are asked together.
  const local = await Promise.all(
    entries
      .filter(({ isDirectory }) => !isDirectory)
      .map(async ({ path, mode }) => ({ path, mode, wanted: await localContent(files, `${root}/${path}`, at) })),
  );
  const [below, ...contents] = await Promise.all([
    planFolders(copy, target, folders),
    ...local.map(({ path, mode, wanted }) => {
      const rights = { ...copy.rights, ...(preserve && { mode }) };
      return planFile(host, { path: joinPath(target, path), rights, keep }, wanted);
    }),
  ]);
  return { steps: [...below, ...contents.flat()], result: { dest: target, src } };
}

/** Copies a folder of the host itself, links included. */
export async function planRemoteTree(copy: TreeCopy): Promise<Planned> {
  const { host, src, preserve, keep } = copy;
  const root = withoutSlash(src);
  const target = targetOf(copy);
  const entries = (await host.tree(root, { want: 'sum' }))
    .filter(({ path }) => path !== root)
    .map((state) => ({ state, path: state.path.slice(root === '/' ? 1 : root.length + 1) }));
  const folders = entries
    .filter(({ state }) => state.type === 'directory')
    .map(({ path, state }) => ({ path, mode: state.mode }));
  const [below, ...others] = await Promise.all([
    planFolders(copy, target, folders),
    ...entries.map(async ({ state, path }) => {
      const to = joinPath(target, path);
      if (state.type === 'link') return planLink(host, state.path, to);
      if (state.type !== 'file') return [];
      const rights = { ...copy.rights, ...(preserve && { mode: state.mode }) };
      return planFile(host, { path: to, rights, keep }, remoteContent(state));
    }),
  ]);
  return { steps: [...below, ...others.flat()], result: { dest: target, src } };
}

function targetOf({ src, dest }: TreeCopy): string {
  return src.endsWith('/') ? withoutSlash(dest) : joinPath(dest, baseName(src));
}

interface Folder {
  readonly path: string;
  readonly mode: string;
}

/** The target itself only when it is missing; folders below it always get the rights that were asked for. */
async function planFolders(copy: TreeCopy, target: string, folders: readonly Folder[]): Promise<readonly Step[]> {
  const { host, folderRights, preserve } = copy;
  const ordered = [...folders].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const [top, ...states] = await Promise.all(
    [target, ...ordered.map(({ path }) => joinPath(target, path))].map((path) => host.path(path, { follow: true })),
  );
  const inTheWay = [top, ...states].find((state) => state?.type !== 'absent' && state?.type !== 'directory');
  if (inTheWay !== undefined) throw notDirectory(inTheWay.path);
  const isMissing = top?.type === 'absent';
  const own = isMissing ? await makeDirectory(host, target, ownershipFor(folderRights, top, 'directory')) : [];
  const below = states.flatMap((now, i) => {
    const rights = preserve ? { ...folderRights, mode: ordered[i]?.mode } : folderRights;
    return planFolder(now.path, now, rights);
  });
  return [...own, ...below];
}

function planFolder(path: string, now: PathState, rights: Rights): readonly Step[] {
  if (now.type === 'directory') return planRights(rights, now);
  return [
    { say: `make directory ${path}`, do: { kind: 'directory', path, ...ownershipFor(rights, now, 'directory') } },
  ];
}

async function planLink(host: HostReader, from: string, path: string): Promise<readonly Step[]> {
  const [{ target = '' }, now] = await Promise.all([host.path(from), host.path(path)]);
  if (now.type === 'link' && now.target === target) return [];
  return [{ say: `link ${path} to ${target}`, do: { kind: 'link', path, target } }];
}

function foldersAbove(path: string): readonly string[] {
  const folder = path.includes('/') ? folderOf(`/${path}`).slice(1) : '';
  return folder === '' ? [] : [...foldersAbove(folder), folder];
}

function uniqueByPath(folders: readonly Folder[]): readonly Folder[] {
  return [...new Map([...folders].toReversed().map((folder) => [folder.path, folder])).values()];
}
