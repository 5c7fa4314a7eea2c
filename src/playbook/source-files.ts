import { readFileSync, statSync } from 'node:fs';
import { relative } from 'node:path';

import type { Span } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import { SourceLog } from '../base/source-log.ts';
import type { YamlSource } from '../base/yaml-source.ts';
import { parseYaml } from '../base/yaml-source.ts';

/** YAML files by absolute path, each read and parsed once. */
export class SourceFiles {
  readonly #parsed = new Map<string, YamlSource>();
  readonly #log: SourceLog;

  constructor(log = new SourceLog()) {
    this.#log = log;
  }

  /** @throws ConfigError at `from` when it cannot be read. What is wrong in the file is in the source's diagnostics. */
  read(file: string, from: Span): YamlSource {
    const known = this.#parsed.get(file);
    if (known !== undefined) return known;
    const source = parseYaml(this.#log.text(file, readBytes(file, from)), shownPath(file));
    this.#parsed.set(file, source);
    return source;
  }
}

function readBytes(file: string, from: Span): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const reason = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw ConfigError.at(from, `cannot read ${shownPath(file)}: ${reasons[reason] ?? reason}`);
  }
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
};

/** How a path is shown: relative to the working folder when it is below it. */
export function shownPath(file: string): string {
  const path = relative('', file);
  if (path === '') return '.';
  return path.startsWith('..') ? file : path;
}

export function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** The first of `paths` that is a file, also with `.yaml` or `.yml` added. */
export function findYamlFile(paths: readonly string[]): string | undefined {
  return paths.flatMap((path) => [path, `${path}.yaml`, `${path}.yml`]).find(isFile);
}
