import type { PackageManager } from '../base/op.ts';
import { quote } from '../base/sh.ts';
import { factsScript } from './facts.ts';
import { renderIsolated } from './isolated.ts';
import { groupQueries, type ProbeQuery, type QueryGroups } from './query-groups.ts';
import type { Query } from './query.ts';
import { readLibrary } from './read-library.ts';

/** Bytes of a file's content that a query brings at most. */
export const contentLimitBytes = 4 * 1024 * 1024;

const packageReaders = { apt: 'k_apt', dnf: 'k_rpm', zypper: 'k_rpm', apk: 'k_apk', pacman: 'k_pacman' } as const;

/** The packages' newest versions, as `version name` lines. Managers without a cheap answer say nothing. */
const candidateReaders: Readonly<Record<PackageManager, string>> = {
  apt: `LC_ALL=C apt-cache policy -- "$@" 2>/dev/null|awk '/^[^ ].*:$/{n=$1;sub(/:$/,"",n)}/^  Candidate:/{print $2,n}'`,
  dnf: `dnf -q repoquery --latest-limit=1 --qf '%{evr} %{name}\n' -- "$@" 2>/dev/null`,
  zypper: ':',
  apk: ':',
  pacman: ':',
};

/**
 * One script that answers all queries. Answers come behind frames: `A stat;`, `A sum;` ... for the merged groups and
 * `A content 3;`, `A probe 0;` for single ones, numbered within their group.
 */
export function renderRead(queries: readonly Query[], nonce: string): string {
  return [`N=${nonce} K=$1 G= L=`, readLibrary, renderQuestions(queries, nonce), 'exit 0'].join('\n');
}

/** The same within a script that has the library. */
export function renderQuestions(queries: readonly Query[], nonce: string): string {
  const groups = groupQueries(queries);
  return [
    ...merged('stat', groups.stat, groups.statFollowed, frame('stat')),
    ...readSums(groups),
    ...section('link', 'k_link', groups.stat),
    ...section('real', 'k_real', groups.statFollowed),
    ...groups.content.flatMap(({ path, unless }, i) => [
      frame(`content ${i}`),
      `${unless === undefined ? '' : `k_summed ${unless} ${quote(path)}||`}[ ! -f ${quote(path)} ]||head -c ${contentLimitBytes + 1} -- ${quote(path)} 2>/dev/null`,
    ]),
    ...groups.trees.flatMap(({ path, want }, i) => [
      frame(`tree ${i}`),
      `k_tree ${quote(path)}`,
      ...(want ? [frame(`treesum ${i}`), `k_treesum ${quote(path)}`] : []),
    ]),
    ...section('unit', 'k_unit', groups.units),
    ...[...groups.packages].flatMap(([manager, names]) =>
      section(`package ${manager}`, packageReaders[manager], names),
    ),
    ...[...groups.candidates].flatMap(([manager, names]) => candidates(manager, names)),
    ...section('passwd', 'k_passwd', groups.users),
    ...section('group', 'k_group', groups.groups),
    ...groups.probes.flatMap((probe, i) => [
      renderProbe(probe, `${nonce}${i}`),
      'k_probe',
      `${frame(`probe ${i}`)};${frame(`probe ${i}`)} >&2`,
      'printf "%s\\n" $r;head -c 1048576 "$K/o";head -c 1048576 "$K/e" >&2',
    ]),
    ...(groups.facts ? [frame('facts'), factsScript] : []),
    frame('end'),
  ].join('\n');
}

/** Shell text that prints what {@link guardText} builds, for the host to digest right before it acts. */
export function renderGuard(queries: readonly Query[], delimiter: string): string {
  const groups = groupQueries(queries);
  return [
    ...merged('stat', groups.stat, groups.statFollowed),
    ...merged('sum', groups.sum, groups.sumFollowed),
    ...call('k_link', groups.stat),
    ...call('k_real', groups.statFollowed),
    ...groups.trees.flatMap(({ path, want }) => [
      `k_tree ${quote(path)}`,
      ...(want ? [`k_treesum ${quote(path)}`] : []),
    ]),
    ...call('k_unit', groups.units),
    ...[...groups.packages].flatMap(([manager, names]) => call(packageReaders[manager], names)),
    ...call('k_passwd', groups.users),
    ...call('k_group', groups.groups),
    ...groups.probes
      .filter(({ unguarded }) => !unguarded)
      .flatMap((probe, i) => [renderProbe(probe, `${delimiter}P${i}`), 'k_probeguard']),
  ].join('\n');
}

function frame(name: string): string {
  return `printf %s "$N"'A ${name};'`;
}

/** A frame and the call that answers behind it; nothing when nothing is asked. */
function section(name: string, shellFunction: string, words: readonly string[]): string[] {
  return words.length === 0 ? [] : [frame(name), ...call(shellFunction, words)];
}

function call(shellFunction: string, words: readonly string[]): string[] {
  return words.length === 0 ? [] : [`${shellFunction} ${words.map(quote).join(' ')}`];
}

/** Where nothing is asked through links, there is nothing to merge. */
function merged(
  kind: 'stat' | 'sum',
  plain: readonly string[],
  followed: readonly string[],
  ...before: readonly string[]
): string[] {
  if (followed.length > 0) return [...before, ...call(`k_merged ${kind} ${plain.length}`, [...plain, ...followed])];
  return plain.length > 0 ? [...before, ...call(`k_${kind}`, plain)] : [];
}

/** The sums are kept when they decide whether a content has to travel. */
function readSums({ sum, sumFollowed, content }: QueryGroups): string[] {
  const read = merged('sum', sum, sumFollowed);
  if (content.every(({ unless }) => unless === undefined)) return read.length === 0 ? [] : [frame('sum'), ...read];
  return [`k_sums=$(`, ...read, `);${frame('sum')};printf '%s\\n' "$k_sums"`];
}

function candidates(manager: PackageManager, names: readonly string[]): string[] {
  return [`k_latest(){ ${candidateReaders[manager]};}`, ...section(`candidate ${manager}`, 'k_latest', names)];
}

function renderProbe({ command, stdin, timeoutMs = 30_000 }: ProbeQuery, delimiter: string): string {
  const seconds = Math.ceil(timeoutMs / 1000);
  const run = renderIsolated(command, { delimiter, stdin, prefix: '$k_limit' });
  return `k_limit=;command -v timeout >/dev/null 2>&1&&k_limit='timeout ${seconds}'\nk_run(){ ${run}\n}`;
}
