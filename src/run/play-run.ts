import pLimit from 'p-limit';

import { InterruptedError, TaskFailedError, type K3sboxError } from '../base/errors.ts';
import type { Host } from '../host/host.ts';
import type { HostScope } from '../plan/host-scope.ts';
import { allTasks } from '../plan/walk.ts';
import type { Play } from '../playbook/playbook.ts';
import { errorOfRun, HostRun } from './host-run.ts';
import type { HostTally } from './host-tally.ts';
import type { RunContext, WaveContext } from './run-context.ts';
import { WaveSync } from './wave-sync.ts';

export interface PlayRun {
  readonly run: RunContext;
  readonly play: Play;
  readonly waves: readonly (readonly string[])[];
  readonly forks: number;
  readonly tallies: ReadonlyMap<string, HostTally>;
  readonly hostFor: (name: string) => Host;
  readonly scopeFor: (name: string, wave: readonly string[]) => HostScope;
  /** Takes the host's part of the run back. */
  readonly rollBack: (name: string) => Promise<void>;
}

/** Runs a play wave by wave. @returns false when the rollout must stop: no further wave and no further play */
export async function runPlay(playRun: PlayRun): Promise<boolean> {
  const { run, play, waves } = playRun;
  run.emit({ type: 'play-started', play: play.name, hosts: waves.flat() });
  for (const [index, hosts] of waves.entries()) {
    if (run.signal.aborted) return false;
    if (waves.length > 1) {
      run.emit({ type: 'wave-started', play: play.name, wave: index + 1, waves: waves.length, hosts });
    }
    await runWave(playRun, hosts);
    // A plan tells of every host, whatever became of the others.
    if (run.mode !== 'plan' && exceedsBudget(playRun, hosts)) {
      const left = waves.slice(index + 1).flat();
      if (left.length > 0) {
        run.emit({
          type: 'warning',
          message: `the rollout stops: ${failedOf(playRun, hosts).join(', ')} failed; not started: ${left.join(', ')}`,
        });
      }
      return false;
    }
  }
  return true;
}

function failedOf({ tallies }: PlayRun, hosts: readonly string[]): string[] {
  return hosts.filter((name) => tallies.get(name)?.error !== undefined);
}

/**
 * With waves, one failed host ends the rollout unless `max_fail_percentage` allows it; without, the others go on. Unreachable
 * hosts count. As in Ansible, the percentage must be exceeded.
 */
function exceedsBudget(playRun: PlayRun, hosts: readonly string[]): boolean {
  const { play, waves } = playRun;
  const failed = failedOf(playRun, hosts).length;
  if (failed === 0) return false;
  if (play.anyErrorsFatal) return true;
  if (play.maxFailPercentage !== undefined) return (failed / hosts.length) * 100 > play.maxFailPercentage;
  return waves.length > 1 || failed === hosts.length;
}

async function runWave(playRun: PlayRun, hosts: readonly string[]): Promise<void> {
  const { play, run, forks } = playRun;
  const sync = new WaveSync(hosts);
  const limits = new Map<string, ReturnType<typeof pLimit>>();
  let stopped: K3sboxError | undefined;
  const wave: WaveContext = {
    run,
    stopped: () => stopped,
    play,
    sync,
    throttled: (task, act) => {
      const limit = limits.get(task.id) ?? pLimit(Math.max(1, task.throttle ?? 1));
      limits.set(task.id, limit);
      return limit(act);
    },
  };
  // Hosts that wait for each other must all have begun.
  const limit = pLimit(waitsForOthers(play) ? Math.max(forks, hosts.length) : forks);
  await Promise.all(
    hosts.map((name) =>
      limit(async () => {
        const error = await runHost(playRun, wave, name, hosts);
        sync.leave(name);
        if (error !== undefined && play.anyErrorsFatal && run.mode !== 'plan') {
          stopped ??= new TaskFailedError(`stopped, since ${name} failed and any_errors_fatal is set`);
        }
      }),
    ),
  );
}

/** One host's way through the wave; a failure is taken back here. */
async function runHost(
  playRun: PlayRun,
  wave: WaveContext,
  name: string,
  hosts: readonly string[],
): Promise<K3sboxError | undefined> {
  const { tallies, run, play } = playRun;
  const tally = tallies.get(name);
  if (tally === undefined || tally.isOut) return undefined;
  try {
    if (run.signal.aborted) throw new InterruptedError('interrupted');
    const hostRun = new HostRun(wave, playRun.hostFor(name), playRun.scopeFor(name, hosts), tally);
    await hostRun.run();
    await hostRun.background.report(run.emit);
    return undefined;
  } catch (thrown) {
    const error = run.signal.aborted ? new InterruptedError('interrupted', { cause: thrown }) : errorOfRun(thrown);
    // A host with an armed dead-man switch goes back: that is no host to go on without.
    if (error.code === 'unreachable' && play.ignoreUnreachable && !run.guards.has(name)) {
      tally.ended = true;
      run.emit({ type: 'warning', host: name, message: `${name} is left out: ${error.message}` });
      return undefined;
    }
    tally.error = error;
    await playRun.rollBack(name);
    return error;
  }
}

function waitsForOthers(play: Play): boolean {
  if (play.strategy === 'linear') return true;
  for (const task of allTasks(play.body)) if (task.runOnce) return true;
  return false;
}
