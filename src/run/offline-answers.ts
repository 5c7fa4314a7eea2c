import { assertNever } from '../base/assert-never.ts';
import type { Answer } from '../host/answers.ts';
import type { Query } from '../host/query.ts';

/**
 * What a plan without a connection is told: nothing is there but the folders that things go into, units are loaded and rest,
 * programs say no. Steps and rendered
 * files can so be shown; that they are needed is not known.
 */
export function offlineAnswer(query: Query): Answer {
  switch (query.kind) {
    case 'path':
      return { kind: 'path', state: { path: query.path, ...(isFolder(query) ? folder : absent) } };
    case 'tree':
      return { kind: 'tree', entries: [], raw: '' };
    case 'unit':
      return { kind: 'unit', state: { unit: query.unit, ...atRest } };
    case 'package':
      return { kind: 'package', state: { name: query.name, version: undefined } };
    case 'account':
      return { kind: 'account', raw: '' };
    case 'probe':
      return { kind: 'probe', result: { exitCode: 1, stdout: '', stderr: '' }, stdout: nothing, stderr: nothing };
    case 'facts':
      // Of any: what a task would do is shown in the words of the most common kind of host.
      return { kind: 'facts', facts: { pkg_mgr: 'apt', service_mgr: 'systemd' } };
    default:
      return assertNever(query);
  }
}

const nothing = Buffer.alloc(0);

/** Who follows links and wants no content asks for the folder that something goes into. */
function isFolder({ follow, want }: Extract<Query, { kind: 'path' }>): boolean {
  return follow === true && want === undefined;
}

const absent = { type: 'absent', mode: '', owner: '', group: '', uid: 0, gid: 0, sizeBytes: 0, modifiedAt: 0 } as const;

const folder = { ...absent, type: 'directory', mode: '755', owner: 'root', group: 'root' } as const;

const atRest = {
  exists: true,
  loadState: 'loaded',
  active: false,
  activeState: 'inactive',
  subState: 'dead',
  unitFileState: 'disabled',
  enabled: false,
  needsDaemonReload: false,
  mainPid: 0,
  restarts: 0,
};
