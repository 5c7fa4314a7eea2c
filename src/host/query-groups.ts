import type { PackageManager } from '../base/op.ts';
import type { Query } from './query.ts';

type PathQuery = Extract<Query, { kind: 'path' }>;
export type ProbeQuery = Extract<Query, { kind: 'probe' }>;

/**
 * Queries sorted by how they are asked: one `stat` for all paths, one checksum process for all files, one `systemctl show`
 * for all units. The order within a group is the order of the questions; guards depend on it.
 */
export interface QueryGroups {
  readonly stat: readonly string[];
  readonly statFollowed: readonly string[];
  readonly sum: readonly string[];
  readonly sumFollowed: readonly string[];
  readonly content: readonly PathQuery[];
  readonly trees: readonly Extract<Query, { kind: 'tree' }>[];
  readonly units: readonly string[];
  readonly packages: ReadonlyMap<PackageManager, readonly string[]>;
  readonly candidates: ReadonlyMap<PackageManager, readonly string[]>;
  readonly users: readonly string[];
  readonly groups: readonly string[];
  readonly probes: readonly ProbeQuery[];
  readonly facts: boolean;
}

/** Two queries with the same key are the same question. */
export function queryKey(query: Query): string {
  // Most are about a path, and every host has hundreds.
  if (query.kind === 'path') return `${query.follow ?? ''} ${query.want ?? ''} ${query.unless ?? ''} ${query.path}`;
  return JSON.stringify(query, Object.keys(query).toSorted().concat('text', 'redacted'));
}

export function groupQueries(queries: readonly Query[]): QueryGroups {
  const of = <K extends Query['kind']>(kind: K): Extract<Query, { kind: K }>[] =>
    queries.filter((query): query is Extract<Query, { kind: K }> => query.kind === kind);
  const paths = of('path');
  const pathsOf = (follow: boolean, summed: boolean): string[] =>
    distinct(
      paths
        .filter((query) => (query.follow ?? false) === follow && (!summed || query.want !== undefined))
        .map(({ path }) => path),
    );
  const packages = of('package');
  return {
    stat: pathsOf(false, false),
    statFollowed: pathsOf(true, false),
    sum: pathsOf(false, true),
    sumFollowed: pathsOf(true, true),
    content: paths.filter(({ want }) => want === 'content'),
    trees: of('tree'),
    units: distinct(of('unit').map(({ unit }) => unit)),
    packages: byManager(packages),
    candidates: byManager(packages.filter(({ latest }) => latest)),
    users: distinct(
      of('account')
        .filter(({ database }) => database === 'passwd')
        .map(({ name }) => name),
    ),
    groups: distinct(
      of('account')
        .filter(({ database }) => database === 'group')
        .map(({ name }) => name),
    ),
    probes: of('probe'),
    facts: of('facts').length > 0,
  };
}

function byManager(
  queries: readonly Extract<Query, { kind: 'package' }>[],
): ReadonlyMap<PackageManager, readonly string[]> {
  const managers = distinct(queries.map(({ manager }) => manager));
  return new Map(
    managers.map((manager) => [
      manager,
      // dpkg names them sorted, rpm as asked: sorted questions make both the same.
      distinct(queries.filter((query) => query.manager === manager).map(({ name }) => name)).toSorted(),
    ]),
  );
}

function distinct<T>(items: readonly T[]): T[] {
  return [...new Set(items)];
}
