import { InterruptedError, type K3sboxError } from '../base/errors.ts';
import type { Host } from '../host/host.ts';
import type { HostScope } from '../plan/host-scope.ts';
import type { TaskNode } from '../playbook/playbook.ts';
import { HostRun } from './host-run.ts';
import type { HostTally } from './host-tally.ts';
import type { RunContext, WaveContext } from './run-context.ts';
import { errorOfRun } from './task-failure.ts';
import { Wave } from './wave.ts';

/** What hosts need to go through a play. */
export interface HostPorts {
  readonly tallies: ReadonlyMap<string, HostTally>;
  readonly hostFor: (name: string) => Host;
  readonly scopeFor: (name: string, wave: readonly string[]) => HostScope;
}

/** Looks at the hosts of a wave with the tasks of its gate or its verification. @returns what is wrong with which */
export async function lookAtHosts(
  { run, play, hosts }: Pick<WaveContext, 'run' | 'play' | 'hosts'>,
  tasks: readonly TaskNode[],
  ports: HostPorts,
): Promise<ReadonlyMap<string, K3sboxError>> {
  const wave = new Wave(run, { ...play, body: tasks, handlers: [] }, hosts);
  const wrong = new Map<string, K3sboxError>();
  await Promise.all(
    hosts.map(async (name) => {
      const error = await lookAt(wave, name, ports);
      wave.sync.leave(name);
      if (error !== undefined) wrong.set(name, error);
    }),
  );
  return wrong;
}

async function lookAt(wave: Wave, name: string, ports: HostPorts): Promise<K3sboxError | undefined> {
  const tally = ports.tallies.get(name);
  if (tally === undefined || tally.isOut) return undefined;
  try {
    await throughPlay(wave.run, new HostRun(wave, ports.hostFor(name), ports.scopeFor(name, wave.hosts), tally));
    return undefined;
  } catch (thrown) {
    return errorOfRun(thrown);
  }
}

/** @throws TaskFailure, K3sboxError */
export async function throughPlay(run: RunContext, hostRun: HostRun): Promise<void> {
  if (run.signal.aborted) throw new InterruptedError('interrupted');
  await hostRun.run();
  await hostRun.background.report(run.emit);
}
