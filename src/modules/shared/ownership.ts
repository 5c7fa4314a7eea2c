import type { Diff, Ownership, Step } from '../../base/op.ts';
import type { PathState } from '../../host/query.ts';
import type { Rights } from './args.ts';
import { resolveMode } from './modes.ts';

/** What a new path starts from when its mode is symbolic: the umask 022. */
const fresh = { file: '644', directory: '755' } as const;

/** The rights for an op that makes a path, or makes it anew over `now`. Members nobody asked for are left out. */
export function ownershipFor(wanted: Rights, now: PathState, kind: keyof typeof fresh): Ownership {
  const isDirectory = kind === 'directory';
  const mode = now.type === 'absent' || now.type === 'link' ? fresh[kind] : now.mode;
  return {
    ...(wanted.mode !== undefined && { mode: resolveMode(wanted.mode, { mode, isDirectory }) }),
    ...(wanted.owner !== undefined && { owner: wanted.owner }),
    ...(wanted.group !== undefined && { group: wanted.group }),
  };
}

/** The members of `wanted` that `now` does not have. Owners compare by name or number. */
export function missingRights(wanted: Ownership, now: PathState): Ownership {
  return {
    ...(wanted.mode !== undefined && wanted.mode !== now.mode && { mode: wanted.mode }),
    ...(wanted.owner !== undefined && !isAccount(wanted.owner, now.owner, now.uid) && { owner: wanted.owner }),
    ...(wanted.group !== undefined && !isAccount(wanted.group, now.group, now.gid) && { group: wanted.group }),
  };
}

function isAccount(wanted: string, name: string, id: number): boolean {
  return wanted === name || wanted === String(id);
}

/** The step that gives an existing path the rights it lacks; none when it lacks nothing. Links were followed. */
export function planRights(wanted: Rights, now: PathState): readonly Step[] {
  const path = now.target ?? now.path;
  const kind = now.type === 'directory' ? 'directory' : 'file';
  const missing = missingRights(ownershipFor(wanted, now, kind), now);
  if (Object.keys(missing).length === 0) return [];
  const say = `set ${describeRights(missing)} of ${path}`;
  return [{ say, do: { kind: 'attributes', path, ...missing }, diff: rightsDiff(missing, now, path) }];
}

/** "mode 600, owner root". */
export function describeRights(rights: Ownership): string {
  return entries(rights)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

function rightsDiff(missing: Ownership, now: PathState, path: string): Diff {
  const names = entries(missing).map(([name]) => name);
  const lines = (of: (name: 'mode' | 'owner' | 'group') => string): string =>
    names.map((name) => `${name}: ${of(name)}\n`).join('');
  return { of: path, before: lines((name) => now[name]), after: lines((name) => missing[name] ?? '') };
}

function entries(rights: Ownership): readonly (readonly ['mode' | 'owner' | 'group', string])[] {
  return (['mode', 'owner', 'group'] as const).flatMap((name) => {
    const value = rights[name];
    return value === undefined ? [] : [[name, value] as const];
  });
}
