import type { RunEvent } from '../../base/event.ts';
import type { Phase, Wave } from './run-report.ts';

type Draft<T> = { -readonly [K in keyof T]: T[K] };
type Mode = Phase['mode'];

/** Follows a journal through time: its phases, plays and waves. */
export class PhaseLog {
  readonly plays: string[] = [];
  readonly #phases: (Omit<Draft<Phase>, 'waves'> & { waves: Draft<Wave>[] })[] = [];
  readonly #hostIndex: (host: string) => number;
  #from: number | undefined;
  #nowMs = 0;

  constructor(hostIndex: (host: string) => number) {
    this.#hostIndex = hostIndex;
  }

  /** The number of the phase that is going on. */
  get phase(): number {
    return Math.max(0, this.#phases.length - 1);
  }

  /** The number of the play that is going on. */
  get play(): number {
    return Math.max(0, this.plays.length - 1);
  }

  /** The time of the event that was noted last, counted from the first one. A clock that was set back stands still. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** The time of the first event in milliseconds since 1970; undefined when no event had one. */
  get from(): number | undefined {
    return this.#from;
  }

  note(event: RunEvent): void {
    const time = Date.parse(event.time ?? '');
    if (Number.isFinite(time)) {
      this.#from ??= time;
      this.#nowMs = Math.max(this.#nowMs, time - this.#from);
    }
    if (event.type === 'run-started') this.#startPhase(event.mode, event.resumed === true);
    const phase = this.#phases.at(-1);
    if (phase === undefined) return;
    phase.toMs = this.#nowMs;
    const wave = phase.waves.at(-1);
    if (wave !== undefined) wave.toMs = this.#nowMs;
    if (event.type === 'play-started') {
      this.plays.push(event.play);
      this.#startWave(event.hosts, 1, 1);
    }
    if (event.type === 'wave-started') {
      // A play with waves says so right after it has begun.
      if (event.wave === 1) phase.waves.pop();
      this.#startWave(event.hosts, event.wave, event.waves);
    }
    if (event.type === 'run-finished') phase.exitCode = event.exitCode;
  }

  phases(): readonly Phase[] {
    return this.#phases;
  }

  #startPhase(mode: Mode, isResumed: boolean): void {
    this.#phases.push({ mode, isResumed, fromMs: this.#nowMs, toMs: this.#nowMs, waves: [] });
  }

  #startWave(hosts: readonly string[], wave: number, waves: number): void {
    const { play } = this;
    const nowMs = this.#nowMs;
    this.#phases
      .at(-1)
      ?.waves.push({ play, wave, waves, hosts: hosts.map(this.#hostIndex), fromMs: nowMs, toMs: nowMs });
  }
}
