import type { Op, PackageOp, Step } from '../base/op.ts';
import type { Answer } from '../host/answers.ts';
import type { Query } from '../host/query.ts';
import { PathOverlay } from './path-overlay.ts';
import { UnitOverlay } from './unit-overlay.ts';

/** An answer as it will be. `certain` is false when a planned step may change it in a way that is not known. */
export interface View {
  readonly answer: Answer;
  readonly certain: boolean;
}

/**
 * The state of a host as it will be when the steps planned so far have been done: later tasks of a segment plan on this.
 * What a step leaves behind is predicted where it is certain; the host's guard finds out where it was not.
 */
export class Overlay {
  readonly #paths: PathOverlay;
  readonly #units = new UnitOverlay();
  readonly #packages = new Set<string>();
  readonly #opaque: string[] = [];

  /** `user` owns the files that are made without an owner. */
  constructor(user: string) {
    this.#paths = new PathOverlay(user);
  }

  /** Steps whose effects nobody can know beforehand, by what they say. */
  get opaque(): readonly string[] {
    return this.#opaque;
  }

  /** What a question that the host has answered so will be answered with. */
  view(query: Query, answer: Answer): View {
    if (query.kind === 'path' && answer.kind === 'path') {
      const { state, certain } = this.#paths.view(query, answer.state);
      return { answer: state === answer.state ? answer : { kind: 'path', state }, certain };
    }
    if (query.kind === 'tree') return this.#viewTree(query.path, answer);
    if (query.kind === 'unit' && answer.kind === 'unit') {
      const { state, certain } = this.#units.view(answer.state);
      // A package may bring the unit, start it and enable it.
      return { answer: { kind: 'unit', state }, certain: certain && (state.exists || this.#packages.size === 0) };
    }
    if (query.kind === 'package') return { answer, certain: !this.#packages.has(query.name) };
    if (query.kind === 'account') return { answer, certain: !this.#paths.touchesAny(accountFiles) };
    return { answer, certain: true };
  }

  /** `user` takes the step; the one of before when nothing is said. */
  apply(step: Step, user?: string): void {
    if (step.changes === false) return;
    if (user !== undefined) this.#paths.actAs(user);
    const { do: op, say } = step;
    this.#paths.apply(op);
    this.#units.apply(op);
    if (op.kind === 'package') for (const name of packageNames(op)) this.#packages.add(name);
    if (isOpaque(op)) this.#opaque.push(say);
  }

  #viewTree(path: string, answer: Answer): View {
    if (this.#paths.isGone(path)) return { answer: { kind: 'tree', entries: [], raw: '' }, certain: true };
    return { answer, certain: !this.#paths.touchesTree(path) };
  }
}

/** A user's groups are part of the answer. */
const accountFiles = ['/etc/passwd', '/etc/group'];

function isOpaque({ kind }: Op): boolean {
  return kind === 'exec' || kind === 'package' || kind === 'reboot';
}

function packageNames({ names }: PackageOp): readonly string[] {
  return names.map((name) => name.replace(/=.*$/, ''));
}
