import type { K3sboxError } from '../base/errors.ts';
import type { Play, Task } from '../playbook/playbook.ts';
import type { RunContext, WaveContext } from './run-context.ts';
import { WaveSync } from './wave-sync.ts';

/** The hosts that go through a play together. */
export class Wave implements WaveContext {
  readonly run: RunContext;
  readonly play: Play;
  readonly hosts: readonly string[];
  readonly sync: WaveSync;
  #stopped: K3sboxError | undefined;

  constructor(run: RunContext, play: Play, hosts: readonly string[]) {
    this.run = run;
    this.play = play;
    this.hosts = hosts;
    this.sync = new WaveSync(hosts);
  }

  /** From now on hosts begin no further task. */
  halt(because: K3sboxError): void {
    this.#stopped ??= because;
  }

  stopped(): K3sboxError | undefined {
    return this.#stopped;
  }

  throttled<T>(task: Task, act: () => Promise<T>): Promise<T> {
    return this.run.throttles.forward({ name: task.id, width: task.throttle ?? 1 }, act);
  }
}
