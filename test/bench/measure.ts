import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';

import type { Cgroup } from './cgroup.ts';

/** What one program took, with all that it started. Times are in seconds. */
export interface Measured {
  readonly wall: number;
  readonly cpu: number;
  readonly peakMemoryMb: number;
  readonly processes: number;
  /** Undefined when a signal ended it. */
  readonly exitCode: number | undefined;
}

export interface Measurable {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  /** Gets what it prints. */
  readonly log: string;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Runs a program in a control group, to its end; what it leaves behind is then ended and counted. */
export async function measure(cgroup: Cgroup, { argv, env, cwd, log, signal }: Measurable): Promise<Measured> {
  const cpuBefore = cgroup.cpuSeconds;
  const memory = new MemorySampler(cgroup);
  const output = openSync(log, 'w');
  const [program = '', ...args] = cgroup.run(argv);
  const begun = performance.now();
  const child = spawn(program, args, { cwd, env, stdio: ['ignore', output, output] });
  const stop = (): unknown => child.kill();
  signal.addEventListener('abort', stop);
  const [code] = await once(child, 'exit');
  signal.removeEventListener('abort', stop);
  const wall = (performance.now() - begun) / 1000;
  closeSync(output);
  memory.stop();
  // masters of OpenSSH that ControlPersist keeps
  await cgroup.end();
  return {
    wall,
    cpu: cgroup.cpuSeconds - cpuBefore,
    peakMemoryMb: memory.peakMb,
    processes: memory.processes,
    exitCode: typeof code === 'number' ? code : undefined,
  };
}

/** CPU time that all of this machine has used, in seconds. */
export function machineCpuSeconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (
    readFileSync('/proc/stat', 'utf8').split('\n')[0]?.split(/ +/).slice(1) ?? []
  ).map(Number);
  return (user + nice + system + irq + softirq) / 100;
}

/** Looks at the memory of all processes of a group every 100 ms, and less often when looking takes long: never over 5 % of a core. */
class MemorySampler {
  peakMb = 0;
  processes = 0;
  readonly #cgroup: Cgroup;
  #timer: NodeJS.Timeout;

  constructor(cgroup: Cgroup) {
    this.#cgroup = cgroup;
    this.#timer = setTimeout(() => this.#look(), 50);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    const before = process.cpuUsage();
    const sizes = this.#cgroup.pids.map(residentKb);
    this.peakMb = Math.max(this.peakMb, sizes.reduce((sum, size) => sum + size, 0) / 1024);
    this.processes = Math.max(this.processes, sizes.length);
    const { user, system } = process.cpuUsage(before);
    this.#timer = setTimeout(() => this.#look(), Math.max(100, (20 * (user + system)) / 1000));
  }
}

/** A page that n processes share counts as 1/n for each. */
function residentKb(pid: number): number {
  try {
    return Number(/^Pss: +(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // it has ended
  }
}
