import { sha256Hex } from '../../base/digest.ts';
import type { Span } from '../../base/diagnostic.ts';
import { TaskFailedError } from '../../base/errors.ts';
import type { Content, Diff, Step } from '../../base/op.ts';
import { sh } from '../../base/sh.ts';
import type { PathState } from '../../host/query.ts';
import type { HostReader } from '../../host/reader.ts';
import type { LocalFiles } from '../module.ts';
import type { Rights } from './args.ts';
import { describeRights, missingRights, ownershipFor, planRights } from './ownership.ts';

/** Bytes for the host, with what is needed to compare and to show them. */
export interface NewContent {
  readonly content: Content;
  readonly sha256: string;
  readonly sizeBytes: number;
  /** Undefined for what is binary or larger than {@link shownBytes}. */
  readonly text: string | undefined;
}

export interface NewFile {
  readonly path: string;
  readonly rights: Rights;
  readonly validate?: string | undefined;
  /** True leaves an existing file alone. */
  readonly keep?: boolean;
}

/** Texts up to here are shown as diffs. */
const shownBytes = 256 * 1024;

/** Files up to here are read whole with the first question; of larger ones only the sum, until they differ. */
const eagerBytes = 32 * 1024;

/** Text made by us: rendered, or written in the playbook. */
export function textContent(text: string): NewContent {
  const sizeBytes = Buffer.byteLength(text);
  return {
    content: { from: 'text', text },
    sha256: sha256Hex(text),
    sizeBytes,
    text: sizeBytes <= shownBytes && isText(text) ? text : undefined,
  };
}

/** A file of the controller: small texts travel inline with the change, everything else on its own. */
export async function localContent(files: LocalFiles, name: string, at: Span): Promise<NewContent> {
  const { file, sha256, sizeBytes } = await files.stat('files', name, at);
  const sent: Content = { from: 'controller', file, sha256, sizeBytes };
  if (sizeBytes > shownBytes) return { content: sent, sha256, sizeBytes, text: undefined };
  const { text } = await files.readText('files', name, at);
  // Only what is byte for byte the text that was read may be sent as text.
  if (!isText(text) || sha256Hex(text) !== sha256) return { content: sent, sha256, sizeBytes, text: undefined };
  return { content: sizeBytes <= eagerBytes ? { from: 'text', text } : sent, sha256, sizeBytes, text };
}

/** The steps that make `path` a file with this content and these rights; none when it is one. */
export async function planFile(host: HostReader, file: NewFile, wanted: NewContent): Promise<readonly Step[]> {
  return planFileOver(host, await readTarget(host, file.path, wanted), file, wanted);
}

/** Looks at what stands where a file is to be: through links, with the old content of a small one that differs. */
export async function readTarget(host: HostReader, path: string, wanted: NewContent): Promise<PathState> {
  const isSmall = wanted.text !== undefined && wanted.sizeBytes <= eagerBytes;
  return host.path(path, { follow: true, ...(isSmall ? { want: 'content', unless: wanted.sha256 } : { want: 'sum' }) });
}

/** {@link planFile} for a path that has been read with {@link readTarget}. */
export async function planFileOver(
  host: HostReader,
  now: PathState,
  file: NewFile,
  wanted: NewContent,
): Promise<readonly Step[]> {
  const { path, rights } = file;
  if (now.type === 'directory') throw new TaskFailedError(`${path} is a directory, not a file`);
  if (now.type === 'other') throw new TaskFailedError(`${path} is a device, socket or pipe, not a file`);
  if (now.type !== 'absent' && file.keep === true) return [];
  if (now.type !== 'absent' && now.sha256 === wanted.sha256) return planRights(rights, now);
  return [writeStep(file, now, wanted, await contentDiff(host, now, path, wanted))];
}

function writeStep(file: NewFile, now: PathState, wanted: NewContent, diff: Diff): Step {
  const ownership = ownershipFor(file.rights, now, 'file');
  const changed = now.type === 'absent' ? ownership : missingRights(ownership, now);
  const suffix = Object.keys(changed).length === 0 ? '' : ` (${describeRights(changed)})`;
  return {
    say: `write ${file.path}${suffix}`,
    do: {
      kind: 'file',
      path: file.path,
      content: wanted.content,
      ...ownership,
      ...(file.validate !== undefined && { validate: sh.raw(file.validate) }),
    },
    diff,
  };
}

async function contentDiff(host: HostReader, now: PathState, path: string, wanted: NewContent): Promise<Diff> {
  const after = wanted.text ?? summary(wanted.sizeBytes, wanted.sha256);
  if (now.type === 'absent') return { of: path, before: '', after };
  const isReadable = wanted.text !== undefined && now.sizeBytes <= shownBytes;
  const old = isReadable ? (now.content ?? (await readContent(host, path))) : undefined;
  const text = old === undefined ? undefined : decodeText(old);
  if (text !== undefined) return { of: path, before: text, after };
  return {
    of: path,
    before: summary(now.sizeBytes, now.sha256 ?? ''),
    after: summary(wanted.sizeBytes, wanted.sha256),
  };
}

async function readContent(host: HostReader, path: string): Promise<Buffer | undefined> {
  return (await host.path(path, { follow: true, want: 'content' })).content;
}

/** The bytes as text; undefined when they are not UTF-8 or hold a NUL. */
export function decodeText(bytes: Buffer): string | undefined {
  const text = bytes.toString('utf8');
  return isText(text) && Buffer.from(text).equals(bytes) ? text : undefined;
}

function isText(text: string): boolean {
  return !text.includes('\0');
}

function summary(sizeBytes: number, sha256: string): string {
  return `${sizeBytes} bytes, sha256 ${sha256}\n`;
}
