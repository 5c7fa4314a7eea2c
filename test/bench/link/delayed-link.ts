import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

import { run } from '../../lab/run.ts';

const device = 'link0';

/** A network namespace from which the hosts are far away: see delayed-link.c. It ends with this process. */
export class DelayedLink {
  readonly #child: ChildProcessByStdio<Writable, Readable, null>;
  readonly #ended: Promise<unknown>;

  private constructor(program: string, fleetPid: number, rttMs: number) {
    const words = [`/proc/${fleetPid}/ns/net`, String((rttMs * 1000) / 2)];
    this.#child = spawn(program, words, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    this.#ended = once(this.#child, 'close');
  }

  /** @param folder where the program may be compiled */
  static async start(folder: string, fleetPid: number, rttMs: number): Promise<DelayedLink> {
    const program = join(folder, 'delayed-link');
    await mustRun(['gcc', '-O2', '-Wall', '-o', program, join(import.meta.dirname, 'delayed-link.c')]);
    const link = new DelayedLink(program, fleetPid, rttMs);
    const answer = await Promise.race([once(link.#child.stdout, 'data').then(String), link.#ended.then(() => 'ended')]);
    if (!answer.startsWith('ready')) throw new Error('the delayed link did not start: see above');
    await up(link.#pid, '10.78.0.1/30');
    await up(fleetPid, '10.78.0.2/30');
    await inNetwork(link.#pid, ['ip', 'route', 'add', '10.77.0.0/16', 'via', '10.78.0.2']);
    return link;
  }

  /** A process in the namespace, and its interface towards the hosts. */
  get network(): { readonly pid: number; readonly device: string } {
    return { pid: this.#pid, device };
  }

  async stop(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }

  get #pid(): number {
    return this.#child.pid ?? 0;
  }
}

async function up(pid: number, address: string): Promise<void> {
  await inNetwork(pid, ['ip', 'link', 'set', 'lo', 'up']);
  await inNetwork(pid, ['ip', 'addr', 'add', address, 'dev', device]);
  // the kernel's own queue before the device must not lose what a burst of connections sends
  await inNetwork(pid, ['ip', 'link', 'set', device, 'mtu', '1500', 'txqueuelen', '10000', 'up']);
}

function inNetwork(pid: number, argv: readonly string[]): Promise<void> {
  return mustRun(['nsenter', `--net=/proc/${pid}/ns/net`, ...argv]);
}

async function mustRun(argv: readonly string[]): Promise<void> {
  const { code, stderr } = await run(argv);
  if (code !== 0) throw new Error(`${argv.join(' ')}: ${stderr}`);
}
