import type { Op, UnitOp } from '../base/op.ts';
import { touchedPaths } from '../host/op-script.ts';
import type { UnitState } from '../host/query.ts';
import { unitOfPath } from '../host/unit-of-path.ts';

/** What planned steps make of a host's units. */
export class UnitOverlay {
  readonly #states = new Map<string, Partial<UnitState>>();
  /** Units whose file is written, or taken away. */
  readonly #files = new Map<string, 'written' | 'gone'>();
  /** Units of which systemd must read something again. */
  readonly #stale = new Set<string>();
  #reloaded = false;

  /** The state as it will be where the host has said `now`. */
  view(now: UnitState): { readonly state: UnitState; readonly certain: boolean } {
    const { unit } = now;
    const file = this.#files.get(unit);
    const base: UnitState =
      file === 'written' && !now.exists
        ? { ...now, exists: true, loadState: 'loaded', unitFileState: 'disabled' }
        : { ...now, needsDaemonReload: this.#isStale(now) };
    return { state: { ...base, ...this.#states.get(unit) }, certain: file !== 'gone' };
  }

  apply(op: Op): void {
    if (op.kind === 'unit') this.#applyVerb(op);
    else for (const path of touchedPaths(op)) this.#touch(path, op.kind === 'remove');
  }

  /** systemd only notices of units that it holds in memory: those that are active. */
  #isStale({ unit, active, needsDaemonReload }: UnitState): boolean {
    return (this.#stale.has(unit) && active) || (needsDaemonReload && !this.#reloaded);
  }

  #touch(path: string, isRemoved: boolean): void {
    const place = unitOfPath(path);
    if (place === undefined) return;
    this.#stale.add(place.unit);
    if (place.isWhole) this.#files.set(place.unit, isRemoved ? 'gone' : 'written');
  }

  #applyVerb({ unit, verb }: UnitOp): void {
    if (reloading.has(verb)) {
      this.#stale.clear();
      this.#reloaded = true;
    }
    if (verb !== 'daemon-reload') this.#states.set(unit, { ...this.#states.get(unit), ...afterVerb[verb] });
  }
}

/** systemctl lets systemd read all units again after those that make or remove links (systemctl(1), `--no-reload`). */
const reloading: ReadonlySet<UnitOp['verb']> = new Set(['daemon-reload', 'enable', 'disable', 'mask', 'unmask']);

const up = { active: true, activeState: 'active', subState: 'running' };

const afterVerb: Readonly<Record<Exclude<UnitOp['verb'], 'daemon-reload'>, Partial<UnitState>>> = {
  start: up,
  restart: up,
  reload: up,
  stop: { active: false, activeState: 'inactive', subState: 'dead' },
  enable: { enabled: true, unitFileState: 'enabled' },
  disable: { enabled: false, unitFileState: 'disabled' },
  mask: { enabled: false, unitFileState: 'masked', loadState: 'masked' },
  unmask: { enabled: false, unitFileState: 'disabled', loadState: 'loaded' },
};
