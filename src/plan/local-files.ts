import { createHash } from 'node:crypto';
import { createReadStream, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';

import type { Span } from '../base/diagnostic.ts';
import { sha256Hex } from '../base/digest.ts';
import { ConfigError } from '../base/errors.ts';
import { SourceLog } from '../base/source-log.ts';
import type { FileKind, LocalEntry, LocalFile, LocalFiles, LocalText } from '../modules/module.ts';
import { isFolder, shownPath } from '../playbook/source-files.ts';

/** {@link LocalFiles} as a task sees them, for loops, too. */
export interface TaskFiles extends LocalFiles {
  /** A file's text at once; undefined when there is no such file. */
  textNow(kind: FileKind, name: string): LocalText | undefined;
  /**
   * Absolute paths of the files whose name matches the last part of the pattern, sorted; the folder before it is looked for
   * like any file. None when there is no such folder.
   */
  glob(kind: FileKind, pattern: string): readonly string[];
}

/**
 * The controller's files for the tasks of a run. What was read or summed up is kept for as long as the file's size and
 * time of change stay the same, so that a thousand hosts cost one look at each.
 */
export class FileStore {
  readonly #texts = new Map<string, string>();
  readonly #sums = new Map<string, Promise<string>>();
  readonly #log: SourceLog;

  /** `log` hears of every file whose content mattered. */
  constructor(log = new SourceLog()) {
    this.#log = log;
  }

  /** The view of a task: `folders` (absolute) are searched in order, each with its folder for the kind first. */
  within(folders: readonly string[]): TaskFiles {
    return {
      textNow: (kind, name) => this.#textNow(candidates(folders, kind, name)),
      readText: async (kind, name, at) => this.#readText(find(folders, kind, name, at), at),
      stat: async (kind, name, at) => this.#describe(find(folders, kind, name, at)),
      head: async (kind, name, sizeBytes, at) => this.#readHead(find(folders, kind, name, at), sizeBytes),
      list: async (kind, name, at) => this.#list(await findFolder(folders, kind, name, at), at),
      glob: (kind, pattern) => glob(folders, kind, pattern),
    };
  }

  #readText(path: string, at: Span): LocalText {
    const found = this.#textNow([path]);
    if (found !== undefined) return found;
    throw ConfigError.at(at, `${shownPath(path)} is a folder, not a file`);
  }

  #textNow(paths: readonly string[]): LocalText | undefined {
    for (const path of paths) {
      const state = statSync(path, { throwIfNoEntry: false });
      if (state === undefined || state.isDirectory()) continue;
      const text = remember(this.#texts, versionOf(path, state), () => this.#log.text(path, readFileSync(path)));
      return { file: shownPath(path), text };
    }
    return undefined;
  }

  async #describe(path: string): Promise<LocalFile> {
    const state = await stat(path);
    const isDirectory = state.isDirectory();
    const sum = isDirectory ? '' : remember(this.#sums, versionOf(path, state), () => this.#sumOf(path, state.size));
    return {
      file: path,
      isDirectory,
      sizeBytes: isDirectory ? 0 : state.size,
      sha256: await sum,
      mode: (state.mode & 0o7777).toString(8),
    };
  }

  /** What a file begins with may decide what is done with it. */
  async #readHead(path: string, sizeBytes: number): Promise<Buffer> {
    await this.#describe(path);
    return readHead(path, sizeBytes);
  }

  async #sumOf(path: string, sizeBytes: number): Promise<string> {
    const sum = sizeBytes < smallBytes ? sha256Hex(await readFile(path)) : await sha256Of(path);
    this.#log.note(path, sum);
    return sum;
  }

  async #list(folder: string, at: Span): Promise<readonly LocalEntry[]> {
    const found: LocalEntry[] = [];
    const walk = async (path: string, name: string, above: readonly string[]): Promise<void> => {
      const real = await realpath(path);
      if (above.includes(real)) throw ConfigError.at(at, `${shownPath(path)} is a link to a folder that it is in`);
      const names = await readdir(path);
      for (const inner of names.toSorted()) {
        const entry = { ...(await this.#describe(join(path, inner))), path: name === '' ? inner : `${name}/${inner}` };
        found.push(entry);
        if (entry.isDirectory) await walk(entry.file, entry.path, [...above, real]);
      }
    };
    await walk(folder, '', []);
    return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  }
}

/** Entries of older versions of a file stay until the run ends: they are few. */
function remember<T>(cache: Map<string, T>, key: string, read: () => T): T {
  const known = cache.get(key) ?? read();
  cache.set(key, known);
  return known;
}

function versionOf(path: string, { mtimeMs, size }: { readonly mtimeMs: number; readonly size: number }): string {
  return `${path} ${mtimeMs} ${size}`;
}

async function readHead(path: string, sizeBytes: number): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sizeBytes), 0, sizeBytes, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** A stream costs more than reading a file of this size at once. */
const smallBytes = 1024 * 1024;

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

/** Every path that is tried for a name, in order. */
function candidates(folders: readonly string[], kind: FileKind, name: string): readonly string[] {
  const path = name.startsWith('~/') ? join(homedir(), name.slice(2)) : name;
  return [...new Set(folders.flatMap((folder) => [resolve(folder, kind, path), resolve(folder, path)]))];
}

function find(folders: readonly string[], kind: FileKind, name: string, at: Span): string {
  const paths = candidates(folders, kind, name);
  for (const path of paths) {
    if (existsSync(path)) return path;
  }
  throw ConfigError.at(at, `there is no file "${name}"`, `Looked for ${paths.map(shownPath).join(', ')}.`);
}

async function findFolder(folders: readonly string[], kind: FileKind, name: string, at: Span): Promise<string> {
  const path = find(folders, kind, name, at);
  if ((await stat(path)).isDirectory()) return path;
  throw ConfigError.at(at, `${shownPath(path)} is a file, not a folder`);
}

function glob(folders: readonly string[], kind: FileKind, pattern: string): readonly string[] {
  const folder = candidates(folders, kind, dirname(pattern)).find(isFolder);
  if (folder === undefined) return [];
  const matches = globMatcher(basename(pattern));
  const names = readdirSync(folder).filter((name) => matches(name) && statSync(join(folder, name)).isFile());
  return names.toSorted().map((name) => join(folder, name));
}

/** `*`, `?` and `[a-z]`, as in a shell: a dot at the start must be written. */
function globMatcher(pattern: string): (name: string) => boolean {
  const source = pattern.replaceAll(/\[!?[^\]]+\]|[^]/g, (part) => {
    if (part === '*') return '.*';
    if (part === '?') return '.';
    if (part.length > 1) return part.replace('[!', '[^').replaceAll('\\', '\\\\');
    return part.replace(/[.+^${}()|[\]\\]/, '\\$&');
  });
  const expression = new RegExp(`^${source}$`, 's');
  return (name) => expression.test(name) && (pattern.startsWith('.') || !name.startsWith('.'));
}
