import { dirname } from 'node:path/posix';

import { sha256Hex } from '../base/digest.ts';
import type { AttributesOp, DirectoryOp, FileOp, LinkOp, Op, Ownership } from '../base/op.ts';
import type { PathState, Query } from '../host/query.ts';

type PathQuery = Extract<Query, { kind: 'path' }>;

/** What planned steps make of the paths of a host. */
export class PathOverlay {
  /** What stands at a path that a step has touched; undefined where that is not known. */
  readonly #paths = new Map<string, PathState | undefined>();
  /** What stands below a path that is not in {@link #paths}: nothing any more, or something unknown. */
  readonly #below = new Map<string, 'gone' | 'unknown'>();
  /** What the host has said, for what a step leaves as it is. */
  readonly #seen = new Map<string, PathState>();
  #user: string;

  /** `user` owns what is made without an owner. */
  constructor(user: string) {
    this.#user = user;
  }

  /** From now on this user makes things. */
  actAs(user: string): void {
    this.#user = user;
  }

  /** The state as it will be where the host has said `now`. */
  view(query: PathQuery, now: PathState): { readonly state: PathState; readonly certain: boolean } {
    const path = this.#see(query, now);
    if (!this.#isTouched(path)) return { state: now, certain: true };
    const state = this.#stateOf(path);
    const isKnown =
      state !== undefined &&
      (state.type !== 'link' || !query.follow) &&
      (state.type !== 'file' || query.want !== 'content' || state.content !== undefined || isSpared(query, state));
    if (!isKnown) return { state: now, certain: false };
    return {
      state: { ...state, path: query.path, ...(path !== query.path && { target: path }) },
      certain: true,
    };
  }

  /** Whether nothing stands there any more. */
  isGone(path: string): boolean {
    return this.#isTouched(path) && this.#stateOf(path)?.type === 'absent';
  }

  /** Whether a step touches the path or anything below it, or what is below it without being named. */
  touchesTree(path: string): boolean {
    return this.#isTouched(path) || [...this.#paths.keys()].some((other) => isBelow(other, path));
  }

  touchesAny(paths: readonly string[]): boolean {
    return paths.some((path) => this.#isTouched(path));
  }

  apply(op: Op): void {
    switch (op.kind) {
      case 'file':
        this.#paths.set(op.path, this.#written(op));
        break;
      case 'directory':
        this.#paths.set(op.path, this.#directory(op));
        break;
      case 'link':
        this.#paths.set(op.path, this.#link(op));
        break;
      case 'remove':
        this.#forget(op.path, 'gone');
        this.#paths.set(op.path, absent(op.path));
        break;
      case 'attributes':
        if (op.recursive) this.#forget(op.path, 'unknown');
        this.#paths.set(op.path, this.#withRights(op));
        break;
      case 'exec':
        for (const path of op.saves ?? []) {
          this.#forget(path, 'unknown');
          this.#paths.set(path, undefined);
        }
        break;
      default:
        break;
    }
  }

  /** Remembers what the host said, and where it really stands. */
  #see({ path, follow }: PathQuery, now: PathState): string {
    const isElsewhere = follow === true && now.target !== undefined && now.target !== path;
    const { target, ...state } = now;
    if (isElsewhere) this.#seen.set(target ?? path, { ...state, path: target ?? path });
    else this.#seen.set(path, now);
    return isElsewhere && !this.#isTouched(path) ? (target ?? path) : path;
  }

  #isTouched(path: string): boolean {
    return this.#paths.has(path) || this.#nearest(path) !== undefined;
  }

  /** Undefined: not known. */
  #stateOf(path: string): PathState | undefined {
    if (this.#paths.has(path)) return this.#paths.get(path);
    const nearest = this.#nearest(path);
    if (nearest === undefined) return this.#seen.get(path);
    return nearest === 'gone' ? absent(path) : undefined;
  }

  #nearest(path: string): 'gone' | 'unknown' | undefined {
    for (let above = dirname(path); above !== dirname(above); above = dirname(above)) {
      const below = this.#below.get(above);
      if (below !== undefined) return below;
    }
    return undefined;
  }

  #forget(folder: string, below: 'gone' | 'unknown'): void {
    for (const map of [this.#paths, this.#below]) {
      for (const path of map.keys()) if (isBelow(path, folder)) map.delete(path);
    }
    this.#below.set(folder, below);
  }

  #written(op: FileOp): PathState | undefined {
    const made = this.#made(op, 'file', '644');
    const { content } = op;
    if (made === undefined || content.from === 'host') return undefined;
    if (content.from === 'controller') return { ...made, sha256: content.sha256, sizeBytes: content.sizeBytes };
    const bytes = Buffer.from(content.text);
    return { ...made, sha256: sha256Hex(bytes), content: bytes, sizeBytes: bytes.length };
  }

  #directory(op: DirectoryOp): PathState | undefined {
    return this.#made(op, 'directory', '755');
  }

  /** A symbolic link is always made anew; a hard one is whatever its target is. */
  #link({ path, target, hard, owner = this.#user, group = this.#user }: LinkOp): PathState | undefined {
    if (hard) return undefined;
    return { ...absent(path), type: 'link', mode: '777', ...owned(owner, group), target };
  }

  #withRights(op: AttributesOp): PathState | undefined {
    const now = this.#stateOf(op.path);
    if (now?.type !== 'file' && now?.type !== 'directory') return undefined;
    return withRights(now, op);
  }

  /** What replaces a path keeps its rights unless told otherwise. Undefined when they are not known. */
  #made(op: Ownership & { readonly path: string }, type: 'file' | 'directory', mode: string): PathState | undefined {
    const now = this.#stateOf(op.path);
    const fresh = { ...absent(op.path), type, mode, ...owned(this.#user, this.#user) };
    if (now?.type === 'absent') return withRights(fresh, op);
    if (now?.type === type) {
      const { mode: kept, owner, group, uid, gid } = now;
      return withRights({ ...fresh, mode: kept, owner, group, uid, gid }, op);
    }
    const isSaid = op.mode !== undefined && op.owner !== undefined && op.group !== undefined;
    return isSaid ? withRights(fresh, op) : undefined;
  }
}

function isSpared({ unless }: PathQuery, { sha256 }: PathState): boolean {
  return unless !== undefined && unless === sha256;
}

function withRights({ bits: _kernels, ...state }: PathState, { mode, owner, group }: Ownership): PathState {
  return {
    ...state,
    ...(mode !== undefined && { mode: mode.replace(/^0+(?=.)/, '') }),
    ...(owner !== undefined && owner !== state.owner && { owner, uid: idOf(owner) }),
    ...(group !== undefined && group !== state.group && { group, gid: idOf(group) }),
  };
}

function owned(owner: string, group: string): Pick<PathState, 'owner' | 'group' | 'uid' | 'gid'> {
  return { owner, group, uid: idOf(owner), gid: idOf(group) };
}

/** Names of accounts that only the host knows have no number here: a guard on them never holds, and the task is planned again. */
function idOf(account: string): number {
  if (account === 'root') return 0;
  return /^\d+$/.test(account) ? Number(account) : -1;
}

function absent(path: string): PathState {
  return { path, type: 'absent', mode: '', owner: '', group: '', uid: 0, gid: 0, sizeBytes: 0, modifiedAt: 0 };
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}
