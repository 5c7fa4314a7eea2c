import type { Control } from '../../journal/control.ts';
import type { Budget } from './budget.ts';
import { isExceeded } from './budget.ts';

/** How a play goes over its hosts. */
export interface RolloutSpec {
  /** In order; a wave begins when the one before it is through, verified and soaked. */
  readonly waves: readonly (readonly string[])[];
  /** Hosts in flight within a wave. A failure that stops the rollout finds no more than these begun. */
  readonly window: number;
  readonly budget: Budget;
  /** Tasks look whether a wave may begin: what fails there stops the rollout before anything of the wave is touched. */
  readonly gates: boolean;
  /** Tasks look at the hosts of a wave before the next one begins. */
  readonly verifies: boolean;
  /** Between two waves. */
  readonly soakMs: number;
  /** Waves (from 1) behind which somebody has to say `k3sbox resume`; the last one is never among them. */
  readonly pauseAfter: readonly number[];
  /** What goes back when the budget is exceeded, beside the hosts that failed: those of the wave, or of all waves so far. */
  readonly takesBack: 'host' | 'wave' | 'run';
  /** `any_errors_fatal`: hosts begin no further task once one has failed. */
  readonly haltsHosts: boolean;
}

/** `fatal`: failed at a task with `any_errors_fatal`. */
export type HostOutcome = 'ok' | 'failed' | 'fatal' | 'unreachable' | 'left-out';

export type RolloutEvent =
  | { readonly type: 'host-ended'; readonly host: string; readonly outcome: HostOutcome }
  | { readonly type: 'gated'; readonly failed: readonly string[] }
  | { readonly type: 'verified'; readonly failed: readonly string[] }
  | { readonly type: 'soaked' }
  | { readonly type: 'taken-back' }
  | { readonly type: 'control'; readonly action: Control };

export type RolloutCommand =
  | { readonly type: 'begin-wave'; readonly wave: number }
  | { readonly type: 'ask-gate'; readonly hosts: readonly string[] }
  | { readonly type: 'run'; readonly host: string }
  | { readonly type: 'verify'; readonly hosts: readonly string[] }
  | { readonly type: 'soak'; readonly ms: number }
  | { readonly type: 'wait-for-control' }
  /** Hosts begin no further task; what they are at comes to its end. */
  | { readonly type: 'halt-hosts'; readonly because: string }
  /** One after the other, the last wave first. */
  | { readonly type: 'take-back'; readonly hosts: readonly string[] }
  | { readonly type: 'finish'; readonly goesOn: boolean; readonly stopped?: Stopped };

/** Why a rollout did not reach all hosts. */
export interface Stopped {
  readonly why: 'budget' | 'gate' | 'verify' | 'abort';
  readonly failed: readonly string[];
  readonly notStarted: readonly string[];
}

type Phase = 'gate' | 'hosts' | 'verify' | 'soak' | 'paused' | 'back' | 'done';

/** What a wave goes through behind its gate, in this order. `pause`: somebody may have to say that the rollout goes on. */
type Stage = 'hosts' | 'verify' | 'pause' | 'soak' | 'next';

export interface RolloutState {
  readonly spec: RolloutSpec;
  readonly phase: Phase;
  /** Of `spec.waves`. */
  readonly wave: number;
  /** Hosts of this wave that have not begun. */
  readonly waiting: readonly string[];
  readonly running: ReadonlySet<string>;
  /** Hosts that are through, and not well. Whatever is neither here nor waiting nor running has ended well. */
  readonly exceptions: ReadonlyMap<string, Exclude<HostOutcome, 'ok'>>;
  readonly failedInWave: number;
  /** Somebody asked for a pause: it begins when the hosts in flight are through. */
  readonly pauseAsked: boolean;
  readonly stopping: Stopped['why'] | undefined;
  /** Where a pause goes on. */
  readonly resumesAt: Stage;
}

export interface Transition {
  readonly state: RolloutState;
  readonly commands: readonly RolloutCommand[];
}

/** The first wave begins. Pure, like all of this file: who runs hosts where is the driver's business. */
export function startRollout(spec: RolloutSpec): Transition {
  const state: RolloutState = {
    spec,
    phase: 'hosts',
    wave: -1,
    waiting: [],
    running: new Set(),
    exceptions: new Map(),
    failedInWave: 0,
    pauseAsked: false,
    stopping: undefined,
    resumesAt: 'hosts',
  };
  return nextWave(state);
}

/** What follows from an event. Events of a phase that is over change nothing. */
export function afterEvent(state: RolloutState, event: RolloutEvent): Transition {
  switch (event.type) {
    case 'host-ended':
      return state.running.has(event.host) ? hostEnded(state, event.host, event.outcome) : stay(state);
    case 'gated':
      return state.phase === 'gate' ? gated(state, event.failed) : stay(state);
    case 'verified':
      return state.phase === 'verify' ? verified(state, event.failed) : stay(state);
    case 'soaked':
      return state.phase === 'soak' ? goOn(state, 'next') : stay(state);
    case 'taken-back':
      return state.phase === 'back' ? finish(state) : stay(state);
    default:
      return controlled(state, event.action);
  }
}

function stay(state: RolloutState, ...commands: readonly RolloutCommand[]): Transition {
  return { state, commands };
}

function nextWave(state: RolloutState): Transition {
  const wave = state.wave + 1;
  const hosts = state.spec.waves[wave];
  if (hosts === undefined) return finish({ ...state, phase: 'done' });
  const begun: RolloutState = { ...state, phase: 'hosts', wave, waiting: hosts, failedInWave: 0 };
  const { state: fed, commands } = state.spec.gates
    ? stay({ ...begun, phase: 'gate' }, { type: 'ask-gate', hosts })
    : fill(begun);
  return { state: fed, commands: [{ type: 'begin-wave', wave }, ...commands] };
}

function gated(state: RolloutState, failed: readonly string[]): Transition {
  if (failed.length === 0) return goOn(state, 'hosts');
  const waiting = state.waiting.filter((host) => !failed.includes(host));
  return goBack({ ...withFailed(state, failed), waiting, stopping: 'gate' });
}

/** Begins hosts up to the window; when none is left, the wave is through. */
function fill(state: RolloutState): Transition {
  const { waiting, running, spec, stopping, pauseAsked } = state;
  const isHeld = stopping !== undefined || pauseAsked;
  const free = isHeld ? 0 : Math.max(0, spec.window - running.size);
  const next = waiting.slice(0, free);
  if (next.length > 0) {
    return {
      state: { ...state, waiting: waiting.slice(next.length), running: new Set([...running, ...next]) },
      commands: next.map((host) => ({ type: 'run', host })),
    };
  }
  if (running.size > 0) return stay(state);
  if (stopping !== undefined) return goBack(state);
  return goOn(state, waiting.length > 0 ? 'hosts' : 'verify');
}

function hostEnded(state: RolloutState, host: string, outcome: HostOutcome): Transition {
  const running = new Set(state.running);
  running.delete(host);
  if (outcome === 'ok') return fill({ ...state, running });
  const ended: RolloutState = {
    ...state,
    running,
    exceptions: new Map([...state.exceptions, [host, outcome]]),
    failedInWave: state.failedInWave + (isBad(outcome) ? 1 : 0),
  };
  const stops = outcome === 'fatal' || (isBad(outcome) && isOver(ended));
  if (ended.stopping !== undefined || !stops) return fill(ended);
  const halt: RolloutCommand[] =
    (state.spec.haltsHosts || outcome === 'fatal') && running.size > 0
      ? [{ type: 'halt-hosts', because: `${host} failed and any_errors_fatal is set` }]
      : [];
  const { state: held, commands } = fill({ ...ended, stopping: 'budget' });
  return { state: held, commands: [...halt, ...commands] };
}

function isOver({ spec, wave, exceptions, failedInWave }: RolloutState): boolean {
  return isExceeded(spec.budget, {
    wave: { hosts: spec.waves[wave]?.length ?? 0, failed: failedInWave },
    all: { hosts: hostsIn(spec.waves), failed: badHosts(exceptions).length },
  });
}

function hostsIn(waves: RolloutSpec['waves']): number {
  return waves.reduce((sum, { length }) => sum + length, 0);
}

/** The next stage of this wave, unless a pause was asked for. */
function goOn(state: RolloutState, stage: Stage): Transition {
  if (state.pauseAsked) return pausedBefore(stage, state);
  const { spec, wave } = state;
  switch (stage) {
    case 'hosts':
      return fill({ ...state, phase: 'hosts' });
    case 'verify': {
      const hosts = (spec.waves[wave] ?? []).filter((host) => !state.exceptions.has(host));
      if (!spec.verifies || hosts.length === 0) return goOn(state, 'pause');
      return stay({ ...state, phase: 'verify' }, { type: 'verify', hosts });
    }
    case 'pause':
      if (wave + 1 >= spec.waves.length) return nextWave(state);
      return spec.pauseAfter.includes(wave + 1) ? pausedBefore('soak', state) : goOn(state, 'soak');
    case 'soak':
      if (spec.soakMs === 0) return nextWave(state);
      return stay({ ...state, phase: 'soak' }, { type: 'soak', ms: spec.soakMs });
    default:
      return nextWave(state);
  }
}

function pausedBefore(stage: Stage, state: RolloutState): Transition {
  return stay({ ...state, phase: 'paused', resumesAt: stage }, { type: 'wait-for-control' });
}

function verified(state: RolloutState, failed: readonly string[]): Transition {
  if (failed.length === 0) return goOn(state, 'pause');
  return goBack({ ...withFailed(state, failed), stopping: 'verify' });
}

function withFailed(state: RolloutState, failed: readonly string[]): RolloutState {
  const exceptions = new Map([...state.exceptions, ...failed.map((host) => [host, 'failed'] as const)]);
  return { ...state, exceptions };
}

/** Hosts that failed have gone back by themselves; these go with them. */
function goBack(state: RolloutState): Transition {
  const { spec, wave, exceptions } = state;
  const notBegun = new Set(state.waiting);
  const waves = spec.takesBack === 'run' ? spec.waves.slice(0, wave + 1) : spec.waves.slice(wave, wave + 1);
  const isVerify = state.stopping === 'verify';
  const concerned = waves.toReversed().flatMap((hosts) => hosts.toReversed());
  const hosts = concerned.filter((host) => {
    const exception = exceptions.get(host);
    // What failed in its verification has not gone back yet.
    if (exception !== undefined) return isVerify && exception === 'failed';
    return spec.takesBack !== 'host' && !notBegun.has(host);
  });
  if (state.stopping === 'abort' || hosts.length === 0) return finish(state);
  return stay({ ...state, phase: 'back' }, { type: 'take-back', hosts });
}

function controlled(state: RolloutState, action: Control): Transition {
  if (state.phase === 'done' || state.phase === 'back') return stay(state);
  switch (action) {
    case 'pause':
      return stay({ ...state, pauseAsked: true });
    case 'abort': {
      const because = 'the run was aborted';
      const { state: held, commands } =
        state.running.size > 0 ? stay({ ...state, stopping: 'abort' }) : goBack({ ...state, stopping: 'abort' });
      return { state: held, commands: [{ type: 'halt-hosts', because }, ...commands] };
    }
    default: {
      const going: RolloutState = { ...state, pauseAsked: false };
      return state.phase === 'paused' ? goOn(going, state.resumesAt) : stay(going);
    }
  }
}

function finish(state: RolloutState): Transition {
  const done: RolloutState = { ...state, phase: 'done' };
  const { stopping, exceptions, spec, waiting, wave } = state;
  if (stopping === undefined) return stay(done, { type: 'finish', goesOn: true });
  const notStarted = [waiting, ...spec.waves.slice(wave + 1)].flat();
  return stay(done, {
    type: 'finish',
    goesOn: false,
    stopped: { why: stopping, failed: badHosts(exceptions), notStarted },
  });
}

function badHosts(exceptions: RolloutState['exceptions']): readonly string[] {
  return [...exceptions].filter(([, outcome]) => isBad(outcome)).map(([host]) => host);
}

/** A host that cannot be reached has failed: nobody knows how it is. */
function isBad(outcome: HostOutcome | undefined): boolean {
  return outcome === 'failed' || outcome === 'fatal' || outcome === 'unreachable';
}
