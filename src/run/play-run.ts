import { Deferred } from '../base/deferred.ts';
import { InterruptedError, TaskFailedError } from '../base/errors.ts';
import type { RunEvent } from '../base/event.ts';
import type { Play, TaskNode } from '../playbook/playbook.ts';
import type { FleetBackend } from './fleet/backend.ts';
import { HostRun } from './host-run.ts';
import { type HostPorts, lookAtHosts, throughPlay } from './look-at-hosts.ts';
import { pauseFor } from './pause-for.ts';
import {
  afterEvent,
  type HostOutcome,
  type RolloutCommand,
  type RolloutEvent,
  type RolloutState,
  startRollout,
  type Stopped,
} from './rollout/rollout-machine.ts';
import { rolloutSpec, throughWith } from './rollout/rollout-spec.ts';
import type { RunContext } from './run-context.ts';
import { errorOfRun, TaskFailure } from './task-failure.ts';
import { Wave } from './wave.ts';

export interface PlayRun extends HostPorts {
  readonly run: RunContext;
  readonly backend: FleetBackend;
  readonly play: Play;
  /** Its number among the plays of the run. */
  readonly index: number;
  readonly waves: readonly (readonly string[])[];
  readonly forks: number;
  /** Takes the host's part of the run back. */
  readonly rollBack: (name: string) => Promise<void>;
  /** The play is through with these hosts, and will not take them back. */
  readonly letGo: (names: readonly string[]) => Promise<void>;
}

/** Runs a play wave by wave. @returns false when the rollout must stop: no further wave and no further play */
export function runPlay(playRun: PlayRun): Promise<boolean> {
  const { run, play, waves } = playRun;
  const gated = isGated(play.rollout) && { gated: play.id };
  run.emit({ type: 'play-started', play: play.name, hosts: waves.flat(), ...gated });
  return new PlayRollout(playRun).run();
}

function isGated(rollout: Play['rollout']): boolean {
  if (rollout === undefined) return false;
  return rollout.gate.length > 0 || rollout.verifyRollback.length > 0 || rollout.soakMs > 0;
}

/** Does what the rollout machine says, here and now; what comes of it goes back to the machine. */
class PlayRollout {
  readonly #playRun: PlayRun;
  /** What goes on: hosts, looks, waits. Settles when nothing does. */
  readonly #through = new Deferred();
  #works = 0;
  #state: RolloutState;
  #wave: Wave;
  #goesOn = false;
  /** Ends a soak or a pause. */
  #waiting = new AbortController();

  constructor(playRun: PlayRun) {
    const { run, play, waves, forks, backend } = playRun;
    this.#playRun = playRun;
    backend.serve(({ host }) => goThrough(playRun, this.#wave, host));
    this.#wave = new Wave(run, play, []);
    const { state, commands } = startRollout(rolloutSpec(play, waves, { forks, mode: run.mode }));
    this.#state = state;
    this.#obey(commands);
  }

  async run(): Promise<boolean> {
    const { run, backend } = this.#playRun;
    const abort = (): void => this.#hear({ type: 'control', action: 'abort' });
    if (run.signal.aborted) abort();
    run.signal.addEventListener('abort', abort, { once: true });
    const stopListening = backend.onControl((action) => this.#hear({ type: 'control', action }));
    try {
      if (this.#works > 0) await this.#through.promise;
    } finally {
      run.signal.removeEventListener('abort', abort);
      stopListening();
    }
    return this.#goesOn;
  }

  #hear(event: RolloutEvent): void {
    const { state, commands } = afterEvent(this.#state, event);
    const wasPaused = this.#state.phase === 'paused';
    this.#state = state;
    if (state.phase !== 'soak' && state.phase !== 'paused') this.#endWaiting();
    const isAborted = event.type === 'control' && event.action === 'abort';
    if (isAborted && !this.#playRun.run.signal.aborted) this.#tell('aborting');
    else if (wasPaused && state.phase !== 'paused') this.#tell('goes-on');
    this.#obey(commands);
  }

  #endWaiting(): void {
    this.#waiting.abort();
    this.#waiting = new AbortController();
  }

  #obey(commands: readonly RolloutCommand[]): void {
    for (const command of commands) this.#obeyOne(command);
  }

  #obeyOne(command: RolloutCommand): void {
    switch (command.type) {
      case 'begin-wave':
        this.#beginWave(command.wave);
        break;
      case 'run':
        this.#do(() => this.#runHost(command.host));
        break;
      case 'ask-gate':
        this.#do(() => this.#askGate(command.hosts));
        break;
      case 'verify':
        this.#do(() => this.#verify(command.hosts));
        break;
      case 'soak':
        this.#do(() => this.#soak(command.ms));
        break;
      case 'wait-for-control':
        this.#do(() => this.#pause());
        break;
      case 'halt-hosts':
        this.#wave.halt(new TaskFailedError(`stopped, since ${command.because}`));
        break;
      case 'take-back':
        this.#do(() => this.#takeBack(command.hosts));
        break;
      default:
        this.#goesOn = command.goesOn;
        if (command.stopped !== undefined) this.#tellOfStop(command.stopped);
    }
  }

  /** Everything that goes on is waited for; what it throws ends the play. */
  #do(act: () => Promise<void>): void {
    this.#works++;
    const work = async (): Promise<void> => {
      try {
        await act();
        if (--this.#works === 0) this.#through.resolve();
      } catch (error) {
        this.#through.reject(error instanceof Error ? error : new Error(String(error)));
      }
    };
    void work();
  }

  #beginWave(index: number): void {
    const { run, play, waves } = this.#playRun;
    if (throughWith(this.#state.spec) === 'wave') this.#do(() => this.#playRun.letGo(waves[index - 1] ?? []));
    const hosts = waves[index] ?? [];
    this.#wave = new Wave(run, play, hosts);
    if (waves.length === 1) return;
    run.emit({ type: 'wave-started', play: play.name, wave: index + 1, waves: waves.length, hosts });
  }

  async #runHost(name: string): Promise<void> {
    const wave = this.#wave;
    const { backend, index } = this.#playRun;
    const outcome = await backend.dispatch({ play: index, wave: this.#state.wave, host: name });
    wave.sync.leave(name);
    if (throughWith(this.#state.spec) === 'host') this.#do(() => this.#playRun.letGo([name]));
    this.#hear({ type: 'host-ended', host: name, outcome });
  }

  async #askGate(hosts: readonly string[]): Promise<void> {
    this.#tell('at-gate');
    this.#hear({ type: 'gated', failed: await this.#look(this.#playRun.play.rollout?.gate ?? [], hosts) });
  }

  async #verify(hosts: readonly string[]): Promise<void> {
    this.#tell('verifying');
    this.#hear({ type: 'verified', failed: await this.#look(this.#playRun.play.rollout?.verify ?? [], hosts) });
  }

  /** Looks at the hosts of the wave with these tasks. @returns those that have failed there */
  async #look(tasks: readonly TaskNode[], hosts: readonly string[]): Promise<readonly string[]> {
    const { run, play, tallies } = this.#playRun;
    const wrong = await lookAtHosts({ run, play, hosts }, tasks, this.#playRun);
    for (const [name, error] of wrong) {
      const tally = tallies.get(name);
      if (tally !== undefined) tally.error = error;
    }
    return hosts.filter((name) => wrong.has(name));
  }

  async #soak(ms: number): Promise<void> {
    this.#tell('soaking', ms);
    this.#sendAhead();
    try {
      await pauseFor(ms, this.#waiting.signal);
    } catch (error) {
      if (this.#state.phase !== 'soak') return;
      throw error;
    }
    this.#hear({ type: 'soaked' });
  }

  /** The hosts of the next wave most likely need the large files of this one. Nobody waits for that. */
  #sendAhead(): void {
    const { run, waves, forks, tallies, hostFor } = this.#playRun;
    if (run.mode !== 'run') return;
    const next = waves[this.#state.wave + 1]?.filter((name) => tallies.get(name)?.isOut === false) ?? [];
    for (const name of next.slice(0, forks)) void hostFor(name).ahead.send(run.run);
  }

  async #pause(): Promise<void> {
    this.#tell('paused');
    const { signal } = this.#waiting;
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  /** One after the other: a fleet that goes back is as much in danger as one that goes forward. */
  async #takeBack(hosts: readonly string[]): Promise<void> {
    for (const host of hosts) await this.#playRun.rollBack(host);
    this.#hear({ type: 'taken-back' });
  }

  #tell(state: Extract<RunEvent, { type: 'rollout' }>['state'], ms?: number): void {
    const { run, play } = this.#playRun;
    const wave = this.#state.wave + 1;
    run.emit({ type: 'rollout', play: play.name, wave, state, ...(ms !== undefined && { ms }) });
  }

  #tellOfStop({ why, failed, notStarted }: Stopped): void {
    const { run } = this.#playRun;
    if (run.signal.aborted || (notStarted.length === 0 && why !== 'verify' && why !== 'gate')) return;
    const reasons = {
      budget: 'failed',
      gate: 'may not begin',
      verify: 'failed the verification',
      abort: 'failed before it was aborted',
    };
    const because = failed.length === 0 ? 'it was aborted' : `${failed.join(', ')} ${reasons[why]}`;
    const left = notStarted.length === 0 ? '' : `; not started: ${notStarted.join(', ')}`;
    run.emit({ type: 'warning', message: `the rollout stops: ${because}${left}` });
  }
}

/** One host's way through the wave; a failure is taken back here. */
async function goThrough(playRun: PlayRun, wave: Wave, name: string): Promise<HostOutcome> {
  const { tallies, run } = playRun;
  const tally = tallies.get(name);
  if (tally === undefined || tally.isOut) return 'left-out';
  const hostRun = new HostRun(wave, playRun.hostFor(name), playRun.scopeFor(name, wave.hosts), tally);
  try {
    await throughPlay(run, hostRun);
    return 'ok';
  } catch (thrown) {
    const error = run.signal.aborted ? new InterruptedError('interrupted', { cause: thrown }) : errorOfRun(thrown);
    // A host with an armed dead-man switch goes back: that is no host to go on without.
    if (error.code === 'unreachable' && hostRun.mayBeAway && !run.guards.has(name)) {
      tally.isAway = true;
      run.emit({ type: 'warning', host: name, message: `${name} is left out: ${error.message}` });
      return 'left-out';
    }
    tally.error = error;
    await playRun.rollBack(name);
    if (error.code === 'unreachable') return 'unreachable';
    return thrown instanceof TaskFailure && thrown.task.anyErrorsFatal && run.mode !== 'plan' ? 'fatal' : 'failed';
  }
}
