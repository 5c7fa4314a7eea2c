import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';

import { run } from '../../lab/run.ts';
import type { BenchHost } from '../bench-host.ts';
import { Cgroup } from '../cgroup.ts';
import { w2Seed } from '../work-items/w2.ts';

/** What a host has of its own; all else is the base, read-only. */
const ownFolders = ['srv/tree', 'var/lib/k3sbox', 'root', 'tmp'];

/**
 * Hosts on this machine: an sshd each, in mount and PID namespaces of their own, with a tree, a home and a /var/lib/k3sbox of
 * their own on a tmpfs, and all in one network namespace or each in its own. They end with this process, however it ends.
 */
export class Fleet {
  readonly hosts: readonly BenchHost[];
  readonly #base: string;
  readonly #folder: string;
  readonly #keeper: ChildProcessByStdio<Writable, Readable, null>;
  readonly #cgroup: Cgroup;
  readonly #initPids = new Map<BenchHost, number>();
  readonly #ended: Promise<unknown>;
  #idle = 0;

  private constructor(base: string, folder: string, hosts: readonly BenchHost[], rate: string | undefined) {
    this.#base = base;
    this.#folder = folder;
    this.hosts = hosts;
    this.#cgroup = Cgroup.make('hosts');
    const script = ['sh', join(import.meta.dirname, 'fleet.sh'), base, folder, String(hosts.length), rate ?? ''];
    const namespaces = ['unshare', '--net', '--mount', '--pid', '--fork', '--kill-child'];
    const [program = '', ...args] = this.#cgroup.run([...namespaces, ...script]);
    // Ctrl-C is for the tool that runs; the fleet ends with its standard input
    this.#keeper = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true });
    this.#ended = once(this.#keeper, 'close');
  }

  /**
   * @param folder of this benchmark: `keys/` and `ssh/` are there
   * @param rate of the line that each host has for itself, as `tc` writes it ("40mbit"); undefined: all are in one network
   */
  static async start(base: string, folder: string, hosts: readonly BenchHost[], rate?: string): Promise<Fleet> {
    for (const name of ['hosts', 'root', 'controller']) mkdirSync(join(folder, name), { recursive: true });
    const fleet = new Fleet(base, folder, hosts, rate);
    const answer = await Promise.race([
      once(fleet.#keeper.stdout, 'data').then(String),
      fleet.#ended.then(() => 'ended'),
    ]);
    if (!answer.startsWith('ready')) throw new Error(`the hosts did not start: see above, and ${folder}/sshd.log`);
    fleet.#idle = fleet.#cgroup.pids.length;
    return fleet;
  }

  /** The process whose namespaces are those of the fleet. */
  get pid(): number {
    return this.#keeper.pid ?? 0;
  }

  /** CPU time of all sshds and of what they ran. */
  get cpuSeconds(): number {
    return this.#cgroup.cpuSeconds;
  }

  /** No session is open. */
  get isIdle(): boolean {
    return this.#cgroup.pids.length <= this.#idle;
  }

  /** The argv that runs `argv` in the base, as a tool does that is installed there. */
  inBase(argv: readonly string[]): readonly string[] {
    const env = ['env', '-i', 'HOME=/root', 'USER=root', 'LC_ALL=C.UTF-8', 'PATH=/usr/sbin:/usr/bin:/sbin:/bin'];
    return ['nsenter', `--mount=/proc/${this.pid}/ns/mnt`, 'chroot', join(this.#folder, 'controller'), ...env, ...argv];
  }

  /** A host's tree, as a path of this process. */
  tree(host: BenchHost): string {
    return this.#own(String(host.number), 'srv/tree');
  }

  /** Makes hosts as they were when they started, and the tools' homes, too. */
  reset(hosts: readonly BenchHost[]): void {
    for (const { number } of hosts) {
      for (const place of ownFolders) empty(this.#own(String(number), place));
      mkdirSync(this.#own(String(number), 'srv/tree/base'));
      copyFileSync(join(this.#base, 'etc/ssh/sshd_config'), join(this.#own(String(number), 'srv/tree'), w2Seed));
    }
    empty(this.#own('controller', 'root'), '.ssh');
    empty(this.#own('controller', 'tmp'), this.#folder.split('/')[2]);
  }

  /** How many processes and threads a host has started since it is up. Asking starts one. */
  async processes(host: BenchHost): Promise<number> {
    const { stdout } = await run(['nsenter', `--target=${this.#initPid(host)}`, '--pid', 'sh', '-c', 'echo $$']);
    return Number(stdout);
  }

  async stop(): Promise<void> {
    this.#keeper.stdin.end();
    await this.#ended;
    await this.#cgroup.remove();
  }

  #own(owner: string, place: string): string {
    return join(`/proc/${this.pid}/root`, this.#folder, 'hosts', owner, place);
  }

  /** The host's sshd, which is PID 1 there. */
  #initPid(host: BenchHost): number {
    const known = this.#initPids.get(host);
    if (known !== undefined) return known;
    const found = this.#cgroup.pids.find(
      (pid) =>
        readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`ListenAddress=${host.address} `) &&
        /^NSpid:.*\t1$/m.test(readFileSync(`/proc/${pid}/status`, 'utf8')),
    );
    if (found === undefined) throw new Error(`the sshd of ${host.name} has ended`);
    this.#initPids.set(host, found);
    return found;
  }
}

function empty(folder: string, but?: string): void {
  for (const name of readdirSync(folder)) {
    if (name !== but) rmSync(join(folder, name), { recursive: true, force: true });
  }
}
