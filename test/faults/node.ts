import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import type { Lab } from '../lab/lab.ts';
import { run } from '../lab/run.ts';

/** File systems of a node that can be full, be cut off in the midst of a write, or be forbidden. */
export type Disk = 'state' | 'target';

const mountPoints = { state: '/var/lib/k3sbox', target: '/srv/app' } as const;
const looking = readFileSync(join(import.meta.dirname, 'look.py'), 'utf8');

/** A node of the lab with two small ext4 disks of its own, and everything that can happen to it. */
export class FaultNode {
  readonly name: string;
  readonly #lab: Lab;
  readonly #disks: string;
  readonly #light: boolean;

  constructor(lab: Lab, name: string, { disks, light }: { readonly disks: string; readonly light: boolean }) {
    this.name = name;
    this.#lab = lab;
    this.#disks = disks;
    this.#light = light;
  }

  get address(): string {
    return this.#lab.address(this.name);
  }

  /** Makes it, or makes it anew, with empty disks. */
  async make(): Promise<void> {
    if (existsSync(join(this.#lab.dir, 'nodes', this.name))) await this.#lab.down([this.name]);
    mkdirSync(this.#disks, { recursive: true });
    for (const disk of ['state', 'target'] as const) {
      rmSync(this.#image(disk), { force: true });
      await must(['truncate', '-s', '12M', this.#image(disk)]);
      await must(['mkfs.ext4', '-q', '-m', '0', '-F', this.#image(disk)]);
    }
    await this.#lab.new(this.name, { base: 'forky', light: this.#light });
    await this.#mount();
  }

  /** Boots it after a power cut. */
  async start(): Promise<void> {
    await this.#lab.start(this.name);
    await this.#mount();
  }

  /**
   * A power cut. What had not been written to the two disks by then is lost; the rest of the node's file system is an
   * overlay on a disk of this machine, which loses nothing.
   */
  async cutPower(): Promise<() => Promise<void>> {
    await this.#lab.freeze(this.name);
    for (const disk of ['state', 'target'] as const) {
      await must(['cp', '--sparse=always', this.#image(disk), `${this.#image(disk)}.cut`]);
    }
    await this.#lab.kill(this.name);
    return async () => {
      for (const disk of ['state', 'target'] as const) {
        await must(['mv', `${this.#image(disk)}.cut`, this.#image(disk)]);
      }
      await this.start();
    };
  }

  /** Paths on all its file systems, as this machine sees them. */
  get mounts(): readonly string[] {
    return [this.path('/'), ...Object.values(mountPoints).map((point) => this.path(point))];
  }

  /** A path of the node, as this machine sees it. */
  path(path: string): string {
    return `/proc/${this.init}/root${path}`;
  }

  /** What a script prints that runs on the node as root, without sshd. @throws when it fails */
  inside(script: string): Promise<string> {
    return must(['nsenter', '-t', this.init, '-a', '/bin/sh'], `cd /\n${script}\n`);
  }

  /** All that must be as it was after a rollback. */
  async look(): Promise<readonly string[]> {
    const text = await must(['nsenter', '-t', this.init, '-a', '/usr/bin/python3', '-'], looking);
    return text.split('\n');
  }

  /** Forgets all runs, as if the node had never seen one. */
  async forget(): Promise<void> {
    await this.inside('rm -rf /var/lib/k3sbox/runs /var/lib/k3sbox/lock /home/ops/.local/state /home/opspw/.local');
  }

  async freeze(): Promise<void> {
    await this.#lab.freeze(this.name);
  }

  async thaw(): Promise<void> {
    await this.#lab.thaw(this.name);
  }

  async link(state: 'up' | 'down'): Promise<void> {
    await this.#lab.link(this.name, state);
  }

  /** The listener and all connections; where sshd is PID 1 only the connections. */
  async killSshd(): Promise<void> {
    await this.inside("for p in $(pgrep '^sshd'); do [ $p = 1 ] || kill -9 $p; done");
  }

  async startSshd(): Promise<void> {
    if (!this.#light) await this.inside('systemctl reset-failed ssh; systemctl start ssh');
    await this.#lab.wait(this.name);
  }

  async fill(disk: Disk): Promise<void> {
    await this.inside(`dd if=/dev/zero of=${mountPoints[disk]}/.ballast bs=64k 2>/dev/null
dd if=/dev/zero of=${mountPoints[disk]}/.ballast bs=1k oflag=append conv=notrunc 2>/dev/null;sync -f ${mountPoints[disk]};:`);
  }

  async empty(disk: Disk): Promise<void> {
    await this.inside(`rm -f ${mountPoints[disk]}/.ballast`);
  }

  /** Nothing below the folder can be changed any more, not even by root. */
  async forbid(folder: string): Promise<void> {
    await run(['chattr', '-R', '-f', '+i', this.path(folder)]);
  }

  async allow(folder: string): Promise<void> {
    await run(['chattr', '-R', '-f', '-i', this.path(folder)]);
  }

  /** Moves what `date` says by some seconds. */
  async moveClock(seconds: number): Promise<void> {
    // The kernel has one clock for all nodes: what jumps is what scripts are told.
    await this.inside(`mkdir -p /run/clock
[ -e /run/clock/real ] || cp /usr/bin/date /run/clock/real
cat >/run/clock/date <<'END'
#!/bin/sh
exec /run/clock/real -d "@$(($(/run/clock/real +%s)+(${seconds})))" "$@"
END
chmod 755 /run/clock/date
mountpoint -q /usr/bin/date || mount --bind /run/clock/date /usr/bin/date`);
  }

  async resetClock(): Promise<void> {
    await this.inside('! mountpoint -q /usr/bin/date || umount /usr/bin/date');
  }

  #image(disk: Disk): string {
    return join(this.#disks, `${this.name}-${disk}.img`);
  }

  async #mount(): Promise<void> {
    for (const [disk, point] of Object.entries(mountPoints)) {
      const device = (await must(['losetup', '-f', '--show', join(this.#disks, `${this.name}-${disk}.img`)])).trim();
      const number = device.replace('/dev/loop', '');
      try {
        await this.inside(`mkdir -p ${point}
[ -e ${device} ] || mknod ${device} b 7 ${number}
mount -t ext4 ${device} ${point}
chmod 755 ${point}`);
      } finally {
        // Lazily: the device is let go when the node's mount is.
        await must(['losetup', '-d', device]);
      }
    }
  }

  /** The node's PID 1, as this machine numbers it: the child of the child of its supervisor. */
  get init(): string {
    const supervisor = readFileSync(join(this.#lab.dir, 'nodes', this.name, 'pid'), 'utf8').trim();
    const [unshare = ''] = childrenOf(supervisor);
    const [init] = childrenOf(unshare);
    if (init === undefined) throw new Error(`${this.name} is not up`);
    return init;
  }
}

function childrenOf(pid: string): readonly string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean);
}

/** @throws when the program fails */
async function must(argv: readonly string[], input = ''): Promise<string> {
  const { code, stdout, stderr } = await run(argv, { input });
  const what = argv.slice(0, 6).join(' ');
  if (code !== 0) throw new Error(`${what} ended with ${code}: ${stderr.trim()} ${input.slice(0, 200)}`);
  return stdout;
}
