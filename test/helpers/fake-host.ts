import { sha256Hex } from '../../src/base/digest.ts';
import type { PackageManager } from '../../src/base/op.ts';
import type { ShellCommand } from '../../src/base/sh.ts';
import type { Values } from '../../src/base/value.ts';
import type {
  GroupEntry,
  PackageState,
  PasswdEntry,
  PathState,
  PathType,
  ProbeResult,
  UnitState,
} from '../../src/host/query.ts';
import type { HostReader, PathOptions } from '../../src/host/reader.ts';

/** What stands at a path; a bare string is a file of root's with mode 644. */
export interface FakePath {
  readonly type?: PathType;
  readonly content?: string | Buffer;
  readonly mode?: string;
  readonly owner?: string;
  readonly group?: string;
  readonly target?: string;
}

/** The answer of a probe whose text holds (or matches) `when`. */
export interface FakeProbe {
  readonly when: string | RegExp;
  readonly exitCode?: number;
  /** A function gets what the probe is given on its standard input. */
  readonly stdout?: string | ((stdin: string) => string);
}

/** A host as plain data. */
export interface FakeState {
  readonly files?: Readonly<Record<string, FakePath | string>>;
  readonly units?: Readonly<Record<string, Partial<UnitState>>>;
  /** Versions by name. */
  readonly packages?: Readonly<Record<string, string | { readonly version: string; readonly candidate: string }>>;
  readonly users?: Readonly<Record<string, Partial<PasswdEntry>>>;
  readonly groups?: Readonly<Record<string, Partial<GroupEntry>>>;
  readonly probes?: readonly FakeProbe[];
  readonly facts?: Values;
}

/** Every question in words, for tests about what is asked: "path /etc/motd content". */
export interface FakeReader extends HostReader {
  readonly asked: readonly string[];
}

/** What a module sees while it plans. A probe that no one told the answer of is an error. */
export function fakeReader(state: FakeState = {}): FakeReader {
  const asked: string[] = [];
  const note = <T>(question: string, answer: T): Promise<T> => {
    asked.push(question);
    return Promise.resolve(answer);
  };
  return {
    name: 'node1',
    asked,
    path: (path, options = {}) =>
      note(words('path', path, options.follow && 'follow', options.want), readPath(state, path, options)),
    tree: (path, options = {}) => note(words('tree', path, options.want), readTree(state, path, options.want)),
    unit: (unit) => note(`unit ${unit}`, readUnit(state, unit)),
    package: (manager, name, options = {}) =>
      note(
        words('package', manager, name, options.latest && 'latest'),
        readPackage(state, manager, name, options.latest),
      ),
    user: (name) => note(`user ${name}`, readUser(state, name)),
    group: (name) => note(`group ${name}`, readGroup(state, name)),
    probe: (command, { stdin = '' } = {}) => note(`probe ${command.redacted}`, answerProbe(state, command, stdin)),
    facts: () => note('facts', { user_dir: '/root', pkg_mgr: 'apt', ...state.facts }),
  };
}

function words(...parts: readonly (string | false | undefined)[]): string {
  return parts.filter((part) => part !== undefined && part !== false).join(' ');
}

function readPath(state: FakeState, path: string, { follow = false, want, unless }: PathOptions): PathState {
  const found = state.files?.[path];
  const fake = typeof found === 'string' ? { content: found } : found;
  if (fake === undefined) return readFolder(state, path);
  const type = fake.type ?? (fake.target === undefined ? 'file' : 'link');
  if (type === 'link' && follow) {
    const target = fake.target ?? '';
    const absolute = target.startsWith('/') ? target : `${path.slice(0, path.lastIndexOf('/'))}/${target}`;
    const end = readPath(state, absolute, { follow, ...(want && { want }), ...(unless && { unless }) });
    return { ...end, path, ...(end.type !== 'absent' && { target: end.target ?? absolute }) };
  }
  const bytes = Buffer.from(fake.content ?? '');
  const isFile = type === 'file';
  return {
    ...emptyState(path, type),
    mode: fake.mode ?? defaultModes[type] ?? '',
    owner: fake.owner ?? 'root',
    group: fake.group ?? 'root',
    uid: idOf(state, fake.owner),
    gid: idOf(state, fake.group),
    sizeBytes: isFile ? bytes.length : 0,
    ...(type === 'link' && { target: fake.target ?? '' }),
    ...(isFile && want !== undefined && { sha256: sha256Hex(bytes) }),
    ...(isFile && want === 'content' && sha256Hex(bytes) !== unless && { content: bytes }),
  };
}

/** Folders need not be listed: those of every host and those above a file are there. */
function readFolder(state: FakeState, path: string): PathState {
  const isFolder =
    knownFolders.has(path) || Object.keys(state.files ?? {}).some((other) => other.startsWith(`${path}/`));
  if (!isFolder) return emptyState(path, 'absent');
  return { ...emptyState(path, 'directory'), mode: '755', owner: 'root', group: 'root' };
}

const knownFolders = new Set([
  '/',
  '/etc',
  '/etc/sudoers.d',
  '/opt/cni/bin',
  '/usr',
  '/usr/local',
  '/usr/local/bin',
  '/opt',
  '/var',
  '/var/lib',
  '/root',
  '/tmp',
]);

const defaultModes: Partial<Record<PathType, string>> = { file: '644', directory: '755', link: '777', other: '660' };

function emptyState(path: string, type: PathType): PathState {
  return { path, type, mode: '', owner: '', group: '', uid: 0, gid: 0, sizeBytes: 0, modifiedAt: 0 };
}

function idOf(state: FakeState, name: string | undefined): number {
  if (name === undefined || name === 'root') return 0;
  return state.users?.[name]?.uid ?? state.groups?.[name]?.gid ?? (Number(name) || 1000);
}

function readTree(state: FakeState, path: string, want: 'sum' | undefined): readonly PathState[] {
  return Object.keys(state.files ?? {})
    .filter((other) => other === path || other.startsWith(`${path}/`))
    .toSorted()
    .map((other) => readPath(state, other, { ...(want && { want }) }));
}

function readUnit(state: FakeState, unit: string): UnitState {
  const fake = state.units?.[unit];
  const active = fake?.active ?? false;
  const unitFileState = fake?.unitFileState ?? (fake?.enabled === true ? 'enabled' : 'disabled');
  return {
    unit,
    exists: fake !== undefined,
    loadState: fake === undefined ? 'not-found' : 'loaded',
    active,
    activeState: active ? 'active' : 'inactive',
    subState: active ? 'running' : 'dead',
    unitFileState: fake === undefined ? '' : unitFileState,
    enabled: unitFileState === 'enabled',
    needsDaemonReload: false,
    mainPid: active ? 100 : 0,
    restarts: 0,
    ...fake,
  };
}

function readPackage(state: FakeState, _manager: PackageManager, name: string, latest = false): PackageState {
  const fake = state.packages?.[name];
  if (fake === undefined) return { name, version: undefined, ...(latest && { candidate: '1.0' }) };
  if (typeof fake === 'string') return { name, version: fake, ...(latest && { candidate: fake }) };
  return { name, version: fake.version, ...(latest && { candidate: fake.candidate }) };
}

function readUser(state: FakeState, name: string): PasswdEntry | undefined {
  const fake = state.users?.[name];
  if (fake === undefined) return undefined;
  return { name, uid: 1000, gid: 1000, comment: '', home: `/home/${name}`, shell: '/bin/sh', groups: [], ...fake };
}

function readGroup(state: FakeState, name: string): GroupEntry | undefined {
  const fake = state.groups?.[name];
  return fake === undefined ? undefined : { name, gid: 1000, members: [], ...fake };
}

function answerProbe(state: FakeState, { text }: ShellCommand, stdin: string): ProbeResult {
  const probe = state.probes?.find(({ when }) => (typeof when === 'string' ? text.includes(when) : when.test(text)));
  if (probe !== undefined) {
    const { exitCode = 0, stdout = '' } = probe;
    return { exitCode, stdout: typeof stdout === 'string' ? stdout : stdout(stdin), stderr: '' };
  }
  // The question of `makeDirectory`, whose answer follows from the files.
  const folders = /^for folder in (.*); do \[ -d/.exec(text)?.[1];
  if (folders === undefined) throw new Error(`no one told what this probe answers: ${text}`);
  const missing = folders.split(' ').filter((folder) => readPath(state, folder, { follow: true }).type !== 'directory');
  return { exitCode: 0, stdout: missing.map((folder) => `${folder}\n`).join(''), stderr: '' };
}
