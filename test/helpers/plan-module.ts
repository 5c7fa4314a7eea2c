import type { z } from 'zod';

import { sha256Hex } from '../../src/base/digest.ts';
import { ConfigError } from '../../src/base/errors.ts';
import type { Values } from '../../src/base/value.ts';
import type { LocalEntry, LocalFile, LocalFiles, Module, Planned } from '../../src/modules/module.ts';
import type { Scope } from '../../src/template/scope.ts';
import { type FakeState, fakeReader, type FakeReader } from './fake-host.ts';

export const at = { file: 'site.yaml', line: 1, column: 1, length: 1 };

interface PlanSetting {
  readonly host?: FakeState | FakeReader;
  /** Texts by name; folders are made of the names. */
  readonly files?: Readonly<Record<string, string | Buffer>>;
  readonly vars?: Values;
  readonly dryRun?: boolean;
  readonly unique?: string;
}

/** Checks arguments as the binder does, then plans them on a fake host. */
export async function planModule<Schema extends z.ZodType>(
  module: Module<Schema>,
  args: z.input<Schema>,
  { host = {}, files = {}, vars = {}, dryRun = false, unique = '0123456789abcdef0123456789abcdef' }: PlanSetting = {},
): Promise<Planned> {
  const context = {
    args: module.args.parse(args),
    host: 'asked' in host ? host : fakeReader(host),
    files: fakeFiles(files),
    vars: fakeScope(vars),
    user: 'root',
    dryRun,
    unique,
    at,
  };
  await module.check?.(context);
  return module.plan(context);
}

/** The sentences of the steps. */
export async function saysOf(planned: Promise<Planned>): Promise<readonly string[]> {
  return (await planned).steps.map(({ say }) => say);
}

export function fakeScope(vars: Values): Scope {
  return { get: (name) => vars[name], has: (name) => Object.hasOwn(vars, name), names: () => Object.keys(vars) };
}

function fakeFiles(files: Readonly<Record<string, string | Buffer>>): LocalFiles {
  const names = Object.keys(files);
  const isFolder = (name: string): boolean => names.some((other) => other.startsWith(`${name}/`));
  const describe = (name: string): LocalFile => {
    const content = files[name];
    if (content === undefined && !isFolder(name)) throw ConfigError.at(at, `there is no file ${name}`);
    const bytes = Buffer.from(content ?? '');
    const isDirectory = content === undefined;
    const sha256 = isDirectory ? '' : sha256Hex(bytes);
    return { file: `files/${name}`, isDirectory, sizeBytes: bytes.length, sha256, mode: isDirectory ? '755' : '640' };
  };
  return {
    readText: (_kind, name) => Promise.resolve({ file: describe(name).file, text: String(files[name]) }),
    stat: (_kind, name) => Promise.resolve(describe(name)),
    head: (_kind, name, sizeBytes) => Promise.resolve(Buffer.from(files[name] ?? '').subarray(0, sizeBytes)),
    list: (_kind, folder) => {
      const below = names.filter((name) => name.startsWith(`${folder}/`)).map((name) => name.slice(folder.length + 1));
      const paths = new Set([...below.flatMap((path) => foldersOf(path)), ...below]);
      const entry = (path: string): LocalEntry => ({ ...describe(`${folder}/${path}`), path });
      return Promise.resolve([...paths].toSorted().map(entry));
    },
  };
}

function foldersOf(path: string): readonly string[] {
  const parts = path.split('/').slice(0, -1);
  return parts.map((_, i) => parts.slice(0, i + 1).join('/'));
}
