import { assertNever } from '../base/assert-never.ts';
import { sanitise } from '../base/text.ts';
import type { Values } from '../base/value.ts';
import { parseFacts } from './facts.ts';
import { groupQueries } from './query-groups.ts';
import type { GroupEntry, PackageState, PasswdEntry, PathState, ProbeResult, Query, UnitState } from './query.ts';
import { contentLimitBytes } from './read-script.ts';

/** What a query is answered with. `raw` is the host's text where the guard needs it as it came. */
export type Answer =
  | { readonly kind: 'path'; readonly state: PathState }
  | { readonly kind: 'tree'; readonly entries: readonly PathState[]; readonly raw: string }
  | { readonly kind: 'unit'; readonly state: UnitState }
  | { readonly kind: 'package'; readonly state: PackageState }
  | { readonly kind: 'account'; readonly user?: PasswdEntry; readonly group?: GroupEntry; readonly raw: string }
  | { readonly kind: 'probe'; readonly result: ProbeResult; readonly stdout: Buffer; readonly stderr: Buffer }
  | { readonly kind: 'facts'; readonly facts: Values }
  /** A path that the user may not look at. `said` is why, cleaned. */
  | { readonly kind: 'denied'; readonly said: string };

/** The sections of a read script's output by frame name, for each stream. */
export interface Sections {
  readonly stdout: ReadonlyMap<string, Buffer>;
  readonly stderr: ReadonlyMap<string, Buffer>;
}

/** The answers in the order of the queries. */
export function parseAnswers(queries: readonly Query[], sections: Sections): Answer[] {
  const groups = groupQueries(queries);
  const text = (name: string): string => sections.stdout.get(name)?.toString() ?? '';
  const has = (name: string): boolean => sections.stdout.has(name);
  // Where nothing that is followed is a link, the host answers about both at once.
  const paths = {
    plain: parsePaths(text('stat'), text('sum'), text('link')),
    followed: parsePaths(
      text(has('statfollowed') ? 'statfollowed' : 'stat'),
      text(has('sumfollowed') ? 'sumfollowed' : 'sum'),
      text('real'),
    ),
  };
  const accounts = { passwd: linesByName(text('passwd')), group: linesByName(text('group')) };
  const answer = (query: Query): Answer => {
    switch (query.kind) {
      case 'path': {
        const content = sections.stdout.get(`content ${groups.content.indexOf(query)}`);
        return answerPath(query, query.follow ? paths.followed : paths.plain, content ?? Buffer.alloc(0));
      }
      case 'tree': {
        const i = groups.trees.indexOf(query);
        return parseTree(query.path, text(`tree ${i}`), text(`treesum ${i}`));
      }
      case 'unit':
        return { kind: 'unit', state: parseUnit(query.unit, text('unit'), groups.units.indexOf(query.unit) + 1) };
      case 'package':
        return parsePackage(query, text(`package ${query.manager}`), text(`candidate ${query.manager}`));
      case 'account':
        return parseAccount(query.database, accounts[query.database].get(query.name) ?? '');
      case 'probe': {
        const name = `probe ${groups.probes.indexOf(query)}`;
        return parseProbe(sections.stdout.get(name), sections.stderr.get(name));
      }
      case 'facts':
        return { kind: 'facts', facts: parseFacts(text('facts')) };
      default:
        return assertNever(query);
    }
  };
  return queries.map(answer);
}

function parseAccount(database: 'passwd' | 'group', raw: string): Answer {
  if (raw === '') return { kind: 'account', raw };
  return database === 'passwd'
    ? { kind: 'account', raw, user: parsePasswd(raw) }
    : { kind: 'account', raw, group: parseGroup(raw) };
}

function absent(path: string): PathState {
  return { path, type: 'absent', mode: '', owner: '', group: '', uid: 0, gid: 0, sizeBytes: 0, modifiedAt: 0 };
}

interface Paths {
  readonly states: ReadonlyMap<string, PathState>;
  /** What `stat` said about paths that may not be looked at. */
  readonly denied: readonly string[];
}

function answerPath(query: Extract<Query, { kind: 'path' }>, { states, denied }: Paths, content: Buffer): Answer {
  const { path, want, unless } = query;
  const state = states.get(path);
  if (state === undefined) {
    // `stat` escapes unusual names in its messages: such a path may be any of those.
    const isUsual = /^[\w ./@%+:,=-]*$/.test(path);
    const said = denied.find((line) => !isUsual || line.includes(path));
    return said === undefined ? { kind: 'path', state: absent(path) } : deniedFor(`look: ${said}`);
  }
  if (want !== 'content' || state.type !== 'file') return { kind: 'path', state };
  // Who may read a file gets its sum, however large it is.
  if (state.sha256 === undefined) return deniedFor(`read ${path}`);
  if (state.sha256 === unless) return { kind: 'path', state };
  return { kind: 'path', state: content.length <= contentLimitBytes ? { ...state, content } : state };
}

function deniedFor(what: string): Answer {
  return { kind: 'denied', said: sanitise(`may not ${what}`) };
}

function parsePaths(stats: string, sums: string, links: string): Paths {
  const sumOf = parseSums(sums);
  const targetOf = new Map(
    splitLines(links).map((line) => [line.slice(0, line.indexOf('\t')), line.slice(line.indexOf('\t') + 1)]),
  );
  const states = new Map<string, PathState>();
  const denied: string[] = [];
  for (const line of splitLines(stats)) {
    if (line.startsWith('! ')) denied.push(line.slice(2));
    const match = /^([0-9a-f]+) (\d+) (\d+) (.*?) (\S+) (\d+) (-?\d+) (\/.*)$/.exec(line);
    if (!match) continue;
    const [, hex = '', uid, gid, owner = '', group = '', size, modified, path = ''] = match;
    const sha256 = sumOf.get(path);
    const target = targetOf.get(path);
    states.set(path, {
      path,
      ...typeAndMode(hex),
      owner,
      group,
      uid: Number(uid),
      gid: Number(gid),
      sizeBytes: Number(size),
      modifiedAt: Number(modified),
      ...(sha256 !== undefined && { sha256 }),
      ...(target !== undefined && { target }),
    });
  }
  return { states, denied };
}

/** Names may hold newlines, and what looks like a line of ours: nothing outside the folder is believed. */
function parseTree(folder: string, stats: string, sums: string): Answer {
  const sumOf = parseSums(sums);
  const entries = splitLines(stats).flatMap((line) => {
    const match = /^([0-9a-f]+) (\d+) (\d+) (.*?) (\S+) (\d+) (\/.*)$/.exec(line);
    if (!match) return [];
    const [, hex = '', uid, gid, owner = '', group = '', size, path = ''] = match;
    if (path !== folder && !path.startsWith(folder === '/' ? '/' : `${folder}/`)) return [];
    const sha256 = sumOf.get(path);
    return [
      {
        path,
        ...typeAndMode(hex),
        owner,
        group,
        uid: Number(uid),
        gid: Number(gid),
        sizeBytes: Number(size),
        modifiedAt: 0,
        ...(sha256 !== undefined && { sha256 }),
      },
    ];
  });
  return { kind: 'tree', entries, raw: stats + sums };
}

/** `stat`'s %f: type and mode bits in hexadecimal (inode(7)). */
function typeAndMode(hex: string): Pick<PathState, 'type' | 'mode' | 'bits'> {
  const bits = Number.parseInt(hex, 16);
  const types: Readonly<Record<number, PathState['type']>> = { 0o10: 'file', 0o04: 'directory', 0o12: 'link' };
  return { type: types[bits >> 12] ?? 'other', mode: (bits & 0o7777).toString(8), bits };
}

/** `sha256sum` lines, GNU's escaping of names undone on the host. */
function parseSums(text: string): ReadonlyMap<string, string> {
  return new Map(
    splitLines(text).flatMap((line) => {
      const match = /^([0-9a-f]{64}) [ *](.*)$/.exec(line);
      return match ? [[match[2] ?? '', match[1] ?? ''] as const] : [];
    }),
  );
}

function parseUnit(unit: string, text: string, number: number): UnitState {
  const line = splitLines(text).find((candidate) => candidate.startsWith(`${number} `));
  const [, load = '', active = 'inactive', sub = 'dead', file = '-', reload = 'no', pid = '0', restarts = '0'] =
    line?.split(' ') ?? [];
  const unitFileState = file === '-' ? '' : file;
  return {
    unit,
    exists: load !== 'not-found' && load !== '',
    loadState: load,
    active: active === 'active' || active === 'reloading',
    activeState: active,
    subState: sub,
    unitFileState,
    enabled: ['enabled', 'enabled-runtime', 'alias', 'static', 'indirect', 'generated'].includes(unitFileState),
    needsDaemonReload: reload === 'yes',
    mainPid: Number(pid),
    restarts: Number(restarts),
  };
}

function parsePackage(query: Extract<Query, { kind: 'package' }>, installed: string, candidates: string): Answer {
  const find = (text: string): string | undefined =>
    splitLines(text)
      .find((line) => line.endsWith(` ${query.name}`))
      ?.split(' ')[0];
  const candidate = query.latest ? find(candidates) : undefined;
  return {
    kind: 'package',
    state: { name: query.name, version: find(installed), ...(candidate !== undefined && { candidate }) },
  };
}

function linesByName(text: string): ReadonlyMap<string, string> {
  return new Map(splitLines(text).map((line) => [line.slice(0, line.indexOf(':')), line]));
}

function parsePasswd(line: string): PasswdEntry {
  const [fields = '', groups = ''] = line.split('\t');
  const [name = '', , uid, gid, comment = '', home = '', shell = ''] = fields.split(':');
  return {
    name,
    uid: Number(uid),
    gid: Number(gid),
    comment,
    home,
    shell,
    groups: groups
      .split(' ')
      .filter((group) => group !== '')
      .toSorted(),
  };
}

function parseGroup(line: string): GroupEntry {
  const [name = '', , gid, members = ''] = line.split(':');
  return { name, gid: Number(gid), members: members.split(',').filter((member) => member !== '') };
}

function parseProbe(out: Buffer | undefined, err: Buffer | undefined): Answer {
  const output = out ?? Buffer.alloc(0);
  const end = output.indexOf('\n');
  const stdout = output.subarray(end + 1);
  const stderr = err ?? Buffer.alloc(0);
  const exitCode = end < 0 ? 255 : Number(output.toString('latin1', 0, end));
  return { kind: 'probe', result: { exitCode, stdout: stdout.toString(), stderr: stderr.toString() }, stdout, stderr };
}

function splitLines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
