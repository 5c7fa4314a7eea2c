import { sha256Hex } from '../base/digest.ts';
import type { Answer } from './answers.ts';
import { groupQueries, queryKey, type QueryGroups } from './query-groups.ts';
import type { PathState, Query } from './query.ts';

/** What was asked and what was answered. */
export interface Answered {
  readonly query: Query;
  readonly answer: Answer;
}

/** What a task or group of tasks rests on: the host asks again right before it acts, and stops when the digest differs. */
export interface Guard {
  readonly queries: readonly Query[];
  /** SHA-256 of {@link guardText}, lower-case hex. */
  readonly digest: string;
  /** {@link guardText} itself, while it is short: comparing it needs no process on the host. */
  readonly text?: string;
  /** Paths about which the text says all that undo must know, unless they are links. */
  readonly covers: ReadonlySet<string>;
}

const shortText = 16 * 1024;

/** Only what can change under us: facts and unguarded probes are left out. Undefined when nothing is left. */
export function makeGuard(answered: readonly Answered[]): Guard | undefined {
  const unique = new Map(answered.filter(({ query }) => isGuarded(query)).map((item) => [queryKey(item.query), item]));
  if (unique.size === 0) return undefined;
  const items = [...unique.values()];
  const text = guardText(items);
  return {
    queries: items.map(({ query }) => query),
    digest: sha256Hex(text),
    ...(text.length <= shortText && { text }),
    covers: coveredPaths(items),
  };
}

function isWhole({ type, sha256 }: PathState): boolean {
  return type !== 'file' || sha256 !== undefined;
}

function coveredPaths(items: readonly Answered[]): ReadonlySet<string> {
  // Lines about anything else might be taken for lines about a path.
  if (items.some(({ query }) => query.kind !== 'path')) return new Set();
  return new Set(
    items.flatMap(({ answer }) => (answer.kind === 'path' && isWhole(answer.state) ? [answer.state.path] : [])),
  );
}

/** Whether the answer is part of a guard: not when it changes by itself. */
export function isGuarded(query: Query): boolean {
  return query.kind !== 'facts' && !(query.kind === 'probe' && query.unguarded);
}

/** The text that the functions of `read-library.ts` print in guard mode for a host in this state. */
export function guardText(items: readonly Answered[]): string {
  const groups = groupQueries(items.map(({ query }) => query));
  const answers = pathAnswers(items);
  return [
    statLines(groups.stat, answers, false),
    statLines(groups.statFollowed, answers, true),
    sumLines(groups.sum, answers, false),
    sumLines(groups.sumFollowed, answers, true),
    groups.stat.map((path) => linkLine(answers.states.get(pathKey(path, false)))).join(''),
    groups.statFollowed.map((path) => linkLine(answers.states.get(pathKey(path, true)))).join(''),
    ...items.map(({ answer }) => (answer.kind === 'tree' ? answer.raw : '')),
    unitLines(groups, items),
    ...[...groups.packages].map(([manager, names]) => packageLines(manager, names, items)),
    accountLines('passwd', groups.users, items),
    accountLines('group', groups.groups, items),
    ...items.map(({ query, answer }) => (query.kind === 'probe' && !query.unguarded ? probeLine(answer) : '')),
  ].join('');
}

/** What was answered about paths, by how they were asked about: a guard may be about thousands. */
interface PathAnswers {
  readonly states: ReadonlyMap<string, PathState>;
  readonly sums: ReadonlyMap<string, string>;
}

function pathAnswers(items: readonly Answered[]): PathAnswers {
  const states = new Map<string, PathState>();
  const sums = new Map<string, string>();
  for (const { query, answer } of items) {
    if (query.kind !== 'path' || answer.kind !== 'path') continue;
    const key = pathKey(query.path, query.follow ?? false);
    const { state } = answer;
    if (!states.has(key)) states.set(key, state);
    if (state.sha256 !== undefined && !sums.has(key)) sums.set(key, state.sha256);
  }
  return { states, sums };
}

function pathKey(path: string, follow: boolean): string {
  return `${follow ? 'L' : ''}${path}`;
}

const typeBits: Readonly<Record<string, number>> = { file: 0o10, directory: 0o04, link: 0o12 };

function statLines(paths: readonly string[], { states }: PathAnswers, follow: boolean): string {
  const lines = paths.map((path) => {
    const state = states.get(pathKey(path, follow));
    if (state === undefined || state.type === 'absent') return '';
    const bits = state.bits ?? ((typeBits[state.type] ?? 0) << 12) | Number.parseInt(state.mode, 8);
    return `${bits.toString(16)} ${state.uid} ${state.gid} ${state.owner} ${state.group} ${path}\n`;
  });
  return lines.join('');
}

function sumLines(paths: readonly string[], { sums }: PathAnswers, follow: boolean): string {
  const lines = paths.map((path) => {
    const sum = sums.get(pathKey(path, follow));
    return sum === undefined ? '' : `${sum}  ${path}\n`;
  });
  return lines.join('');
}

function linkLine(state: PathState | undefined): string {
  return state?.target === undefined ? '' : `${state.path}\t${state.target}\n`;
}

function unitLines({ units }: QueryGroups, items: readonly Answered[]): string {
  const lines = units.map((unit, i) => {
    const answer = items.find(({ query }) => query.kind === 'unit' && query.unit === unit)?.answer;
    if (answer?.kind !== 'unit') return '';
    const { state } = answer;
    if (state.loadState === '') return '';
    const words = [
      state.loadState,
      state.activeState,
      state.subState,
      state.unitFileState || '-',
      state.needsDaemonReload ? 'yes' : 'no',
    ];
    return `${i + 1} ${words.join(' ')}\n`;
  });
  return lines.join('');
}

/** Installed ones only, in the order in which the package manager names them: by name for dpkg and rpm alike. */
function packageLines(manager: string, names: readonly string[], items: readonly Answered[]): string {
  const lines = names.map((name) => {
    const answer = items.find(
      ({ query }) => query.kind === 'package' && query.manager === manager && query.name === name,
    )?.answer;
    return answer?.kind === 'package' && answer.state.version !== undefined ? `${answer.state.version} ${name}\n` : '';
  });
  return lines.join('');
}

function accountLines(database: 'passwd' | 'group', names: readonly string[], items: readonly Answered[]): string {
  const lines = names.map((name) => {
    const answer = items.find(
      ({ query }) => query.kind === 'account' && query.database === database && query.name === name,
    )?.answer;
    return answer?.kind === 'account' && answer.raw !== '' ? `${answer.raw}\n` : '';
  });
  return lines.join('');
}

function probeLine(answer: Answer): string {
  if (answer.kind !== 'probe') return '';
  return `${answer.result.exitCode} ${sha256Hex(answer.stdout)} ${sha256Hex(answer.stderr)}\n`;
}
