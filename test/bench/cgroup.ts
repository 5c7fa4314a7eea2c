import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

/** Version 1 accounts for CPU in a hierarchy of its own; in version 2 every group does. */
const accounting = '/sys/fs/cgroup/cpuacct';
const isVersion1 = existsSync(accounting);
const hierarchy = isVersion1 ? accounting : '/sys/fs/cgroup';
const prefix = 'k3sbox-bench-';

/** A control group: the CPU time of all processes that were ever in it, also of those that have ended. */
export class Cgroup {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static make(name: string): Cgroup {
    const folder = join(hierarchy, `${prefix}${process.pid}-${name}`);
    mkdirSync(folder, { recursive: true });
    return new Cgroup(folder);
  }

  /** The argv that runs `argv` in this group, children included. */
  run(argv: readonly string[]): readonly string[] {
    return ['sh', '-c', 'echo $$ >"$0" && exec "$@"', join(this.#folder, 'cgroup.procs'), ...argv];
  }

  get cpuSeconds(): number {
    const read = (file: string): string => readFileSync(join(this.#folder, file), 'utf8');
    if (isVersion1) return Number(read('cpuacct.usage')) / 1e9;
    return Number(/^usage_usec (\d+)/m.exec(read('cpu.stat'))?.[1]) / 1e6;
  }

  get pids(): readonly number[] {
    return readFileSync(join(this.#folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean).map(Number);
  }

  /** Ends all that is left in it, with time to end well. */
  async end(): Promise<void> {
    for (let tries = 0; this.pids.length > 0; tries++) {
      for (const pid of this.pids) end(pid, tries < 40 ? 'SIGTERM' : 'SIGKILL');
      await wait(50);
    }
  }

  async remove(): Promise<void> {
    await this.end();
    rmdirSync(this.#folder);
  }

  /** Removes what a benchmark that was killed has left. */
  static async sweep(): Promise<void> {
    const left = readdirSync(hierarchy).filter((name) => {
      const pid = name.startsWith(prefix) && /^\d+/.exec(name.slice(prefix.length))?.[0];
      return Boolean(pid) && !existsSync(`/proc/${String(pid)}`);
    });
    for (const name of left) await new Cgroup(join(hierarchy, name)).remove();
  }
}

function end(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // it has ended
  }
}
