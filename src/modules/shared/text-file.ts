import { TaskFailedError } from '../../base/errors.ts';
import type { Step } from '../../base/op.ts';
import type { PathState } from '../../host/query.ts';
import type { HostReader } from '../../host/reader.ts';
import type { Rights } from './args.ts';
import { makeDirectory, notDirectory } from './directories.ts';
import { decodeText, planFileOver, textContent } from './file-content.ts';
import { expandPath, folderOf } from './paths.ts';

/** A text file of the host, for the modules that change parts of it. */
export interface TextFile {
  /** Where it really is: links are followed, so that a change does not replace a link by a file. */
  readonly path: string;
  readonly state: PathState;
  /** Empty when there is no such file. */
  readonly text: string;
}

/** @throws TaskFailedError when something else than a file of UTF-8 text stands there. */
export async function readTextFile(host: HostReader, written: string): Promise<TextFile> {
  const path = await expandPath(host, written);
  const state = await host.path(path, { follow: true, want: 'content' });
  return { path: state.target ?? path, state, text: textOf(state, path) };
}

function textOf({ type, content, sizeBytes }: PathState, path: string): string {
  if (type === 'absent') return '';
  if (type !== 'file') throw new TaskFailedError(`${path} is not a file`);
  if (content === undefined) throw new TaskFailedError(`${path} is too large to be edited: ${sizeBytes} bytes`);
  const text = decodeText(content);
  if (text === undefined) throw new TaskFailedError(`${path} is not a text file in UTF-8`);
  return text;
}

export interface TextChange {
  readonly text: string;
  readonly rights: Rights;
  readonly validate?: string | undefined;
}

/** The steps that give the file this text and these rights; its folder is made with it. */
export async function planText(host: HostReader, file: TextFile, change: TextChange): Promise<readonly Step[]> {
  const { path, state } = file;
  const folder = state.type === 'absent' ? await planFolder(host, folderOf(path)) : [];
  const target = { path, rights: change.rights, validate: change.validate };
  return [...folder, ...(await planFileOver(host, state, target, textContent(change.text)))];
}

async function planFolder(host: HostReader, path: string): Promise<readonly Step[]> {
  const { type } = await host.path(path, { follow: true });
  if (type === 'directory') return [];
  if (type !== 'absent') throw notDirectory(path);
  return makeDirectory(host, path);
}
