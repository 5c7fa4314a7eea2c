import { dirname } from 'node:path/posix';

import type { FileOp, Op, Ownership, PackageOp, Step, UnitOp } from '../base/op.ts';
import { sha256Hex } from '../base/digest.ts';
import type { Answer } from '../host/answers.ts';
import type { PathState, Query, UnitState } from '../host/query.ts';

/**
 * The state of a host as it will be when the steps planned so far have been done: later tasks of a segment plan on this.
 * What a step leaves behind is predicted where it is certain; the host's guard finds out where it was not.
 */
export class Overlay {
  readonly #paths = new Map<string, PathState | undefined>();
  readonly #units = new Map<string, Partial<UnitState>>();
  readonly #packages = new Set<string>();
  readonly #opaque: string[] = [];
  readonly #user: string;

  /** `user` owns the files that are made without an owner. */
  constructor(user: string) {
    this.#user = user;
  }

  /** Steps whose effects nobody can know beforehand, by what they say. */
  get opaque(): readonly string[] {
    return this.#opaque;
  }

  /** The answer as it will be. `certain` is false when a planned step may change it in a way that is not known. */
  view(query: Query, answer: Answer): { readonly answer: Answer; readonly certain: boolean } {
    if (query.kind === 'path' && answer.kind === 'path') return this.#viewPath(query.path, answer);
    if (query.kind === 'tree') {
      return { answer, certain: ![...this.#paths.keys()].some((path) => isBelow(path, query.path)) };
    }
    if (query.kind === 'unit' && answer.kind === 'unit') return this.#viewUnit(answer);
    if (query.kind === 'package') return { answer, certain: !this.#packages.has(query.name) };
    return { answer, certain: true };
  }

  apply(step: Step): void {
    if (step.changes === false) return;
    this.#applyOp(step.do, step.say);
  }

  #viewPath(
    path: string,
    answer: Extract<Answer, { kind: 'path' }>,
  ): { readonly answer: Answer; readonly certain: boolean } {
    if (this.#paths.has(path)) {
      const state = this.#paths.get(path);
      return state === undefined ? { answer, certain: false } : { answer: { kind: 'path', state }, certain: true };
    }
    for (let above = dirname(path); above !== '/'; above = dirname(above)) {
      if (this.#paths.get(above)?.type === 'absent') {
        return { answer: { kind: 'path', state: absent(path) }, certain: true };
      }
    }
    return { answer, certain: true };
  }

  #viewUnit(answer: Extract<Answer, { kind: 'unit' }>): { readonly answer: Answer; readonly certain: boolean } {
    const known = this.#units.get(answer.state.unit);
    const state = known === undefined ? answer.state : { ...answer.state, ...known };
    // A package may bring the unit, start it and enable it.
    const certain = state.exists || this.#packages.size === 0;
    return { answer: { kind: 'unit', state }, certain };
  }

  #applyOp(op: Op, say: string): void {
    switch (op.kind) {
      case 'file':
        this.#applyFile(op);
        break;
      case 'directory':
        this.#paths.set(op.path, this.#made(op, 'directory', op.mode ?? '755'));
        break;
      case 'link':
        this.#paths.set(op.path, op.hard ? undefined : { ...this.#made(op, 'link', '777'), target: op.target });
        break;
      case 'remove':
        this.#paths.set(op.path, absent(op.path));
        break;
      case 'attributes':
        this.#paths.set(op.path, undefined);
        break;
      case 'unit':
        this.#applyUnit(op);
        break;
      case 'package':
        for (const name of packageNames(op)) this.#packages.add(name);
        this.#opaque.push(say);
        break;
      case 'exec':
        for (const path of op.saves ?? []) this.#paths.set(path, undefined);
        this.#opaque.push(say);
        break;
      case 'reboot':
        this.#opaque.push(say);
        break;
      case 'wait':
        break;
    }
  }

  #applyFile(op: FileOp): void {
    const { content } = op;
    const known = op.mode !== undefined && content.from !== 'host';
    if (!known) {
      this.#paths.set(op.path, undefined);
    } else {
      const sha256 = content.from === 'text' ? sha256Hex(content.text) : content.sha256;
      const text = content.from === 'text' ? Buffer.from(content.text) : undefined;
      this.#paths.set(op.path, {
        ...this.#made(op, 'file', op.mode ?? '644'),
        sha256,
        ...(text && { content: text, sizeBytes: text.length }),
      });
    }
    const unit = unitOfFile(op.path);
    if (unit !== undefined) {
      this.#units.set(unit, { exists: true, loadState: 'loaded', unitFileState: 'disabled', ...this.#units.get(unit) });
    }
  }

  #applyUnit({ unit, verb }: UnitOp): void {
    const set = (state: Partial<UnitState>): void => void this.#units.set(unit, { ...this.#units.get(unit), ...state });
    switch (verb) {
      case 'start':
      case 'restart':
      case 'reload':
        set({ active: true, activeState: 'active', subState: 'running' });
        break;
      case 'stop':
        set({ active: false, activeState: 'inactive', subState: 'dead' });
        break;
      case 'enable':
        set({ enabled: true, unitFileState: 'enabled' });
        break;
      case 'disable':
      case 'unmask':
        set({ enabled: false, unitFileState: 'disabled' });
        break;
      case 'mask':
        set({ enabled: false, unitFileState: 'masked', loadState: 'masked' });
        break;
      case 'daemon-reload':
        for (const [name, state] of this.#units) this.#units.set(name, { ...state, needsDaemonReload: false });
        break;
    }
  }

  #made(op: Ownership & { readonly path: string }, type: PathState['type'], mode: string): PathState {
    const owner = op.owner ?? this.#user;
    const group = op.group ?? owner;
    return {
      path: op.path,
      type,
      mode: mode.replace(/^0+(?=.)/, ''),
      owner,
      group,
      uid: owner === 'root' ? 0 : -1,
      gid: group === 'root' ? 0 : -1,
      sizeBytes: 0,
      modifiedAt: 0,
    };
  }
}

function absent(path: string): PathState {
  return { path, type: 'absent', mode: '', owner: '', group: '', uid: 0, gid: 0, sizeBytes: 0, modifiedAt: 0 };
}

function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

function packageNames({ names }: PackageOp): readonly string[] {
  return names.map((name) => name.replace(/=.*$/, ''));
}

/** A file in one of systemd's unit folders makes its unit known (systemd.unit(5)). */
function unitOfFile(path: string): string | undefined {
  return /^\/(?:etc|usr\/lib|usr\/local\/lib|lib|run)\/systemd\/system\/([^/]+\.[a-z]+)$/.exec(path)?.[1];
}
