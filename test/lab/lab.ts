import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

import { stringify } from 'yaml';

import { buildBase } from './build.ts';
import { whyNoLab } from './machine.ts';
import { type Ended, run, type RunOptions } from './run.ts';
import { digest, isRootless, labName, LabError, stateDir } from './settings.ts';

/** A node as the state on disk has it. `frozen` is up, but does not answer. */
export interface LabNode {
  readonly name: string;
  readonly address: string;
  readonly base: string;
  readonly status: 'up' | 'frozen' | 'off';
}

export interface NodeOptions {
  /** `forky+ctd` unless told otherwise; `forky` in a rootless lab. See README.md. */
  readonly base?: string;
  /** sshd is the node's PID 1, there is no systemd: a fifth of the work to boot. A rootless lab has only these. */
  readonly light?: boolean;
}

export interface InventoryOptions {
  readonly user?: string;
  /** With the addresses at which the delay proxy answers (delay.ts). */
  readonly delayed?: boolean;
}

/**
 * A fleet of hosts on this machine. It is what is on disk and in the kernel: two objects with one name are one lab,
 * and what an earlier process left behind can be used, or torn down, by a later one.
 */
export class Lab {
  readonly name: string;
  /** Keys, known hosts and the nodes' files. */
  readonly dir: string;
  /** The name of the lab's cgroup and of the network namespace that controllers run in; no other clone's lab has it. */
  readonly id: string;
  /** Held by all nodes; opens root, ops and opspw. */
  readonly keyFile: string;
  readonly knownHostsFile: string;
  readonly #net: string;

  constructor(name: string = labName) {
    if (!/^[a-z][a-z0-9]*$/.test(name)) throw new LabError(`a lab is named with small letters and digits, not ${name}`);
    this.name = name;
    this.dir = join(stateDir, name);
    this.keyFile = join(this.dir, 'id_ed25519');
    this.knownHostsFile = join(this.dir, 'known_hosts');
    const hash = digest(this.dir);
    this.id = `kb-${name}-${hash.slice(0, 4)}`;
    // two labs may get the same numbers: their networks do not touch
    this.#net = `10.${64 + (Number.parseInt(hash.slice(0, 4), 16) % 180)}`;
  }

  /** All labs of this clone that have something on disk. */
  static all(): readonly Lab[] {
    return existsSync(stateDir) ? readdirSync(stateDir).map((name) => new Lab(name)) : [];
  }

  /** Makes those of n1..n`count` that do not exist, boots those that are off, and waits until all of them answer. */
  async up(count: number, options: NodeOptions = {}): Promise<void> {
    await this.#make(
      Array.from({ length: count }, (_, index) => `n${index + 1}`),
      options,
    );
  }

  /** Makes one node, or boots it if it exists, and waits until it answers. */
  async new(name: string, options: NodeOptions = {}): Promise<void> {
    await this.#make([name], options);
  }

  /** Boots a node that was killed or has powered off, and waits until it answers. */
  async start(name: string): Promise<void> {
    await this.#fleet('boot', name);
    await this.wait(name);
  }

  /** Waits until a node's sshd greets: also after a reboot that began in the node. */
  async wait(name: string): Promise<void> {
    await this.#fleet('wait', name);
  }

  /** A power cut: nothing more is heard of the node, not even the end of its connections. */
  async kill(name: string): Promise<void> {
    await this.#fleet('kill', name);
  }

  /** The node hangs: connections stay open and nothing answers. */
  async freeze(name: string): Promise<void> {
    await this.#fleet('freeze', name);
  }

  async thaw(name: string): Promise<void> {
    await this.#fleet('thaw', name);
  }

  /** Pulls a node's network cable, or puts it back. */
  async link(name: string, state: 'up' | 'down'): Promise<void> {
    await this.#fleet('link', name, state);
  }

  /** Runs a command line in a node's login shell. The exit code is 255 if ssh itself failed. */
  async ssh(
    name: string,
    command: string,
    { user = 'ops', ...options }: RunOptions & { readonly user?: string } = {},
  ): Promise<Ended> {
    return run([...this.sshCommand(name, user), '-o', 'BatchMode=yes', '-T', '--', command], options);
  }

  /** The argv of an ssh to a node, up to and without the remote command. */
  sshCommand(name: string, user = 'ops'): readonly string[] {
    const options = ['IdentitiesOnly=yes', `UserKnownHostsFile=${this.knownHostsFile}`, 'StrictHostKeyChecking=yes'];
    const ssh = ['ssh', '-F', '/dev/null', '-i', this.keyFile, ...options.flatMap((option) => ['-o', option])];
    return this.inHub([...ssh, `${user}@${this.address(name)}`]);
  }

  /** Runs a program in the fleet's network, where a controller would be. */
  async exec(argv: readonly string[], options: RunOptions = {}): Promise<Ended> {
    return run(this.inHub(argv), options);
  }

  /** Starts a program in the fleet's network. Its pid is that of the program itself. */
  spawn(argv: readonly string[], options: SpawnOptions = {}): ChildProcess {
    const [program = '', ...args] = this.inHub(argv);
    return spawn(program, args, options);
  }

  /** The argv that runs another one in the fleet's network. */
  inHub(argv: readonly string[]): readonly string[] {
    const hub = `/run/netns/${this.id}`;
    if (!existsSync(hub)) throw new LabError(`the lab ${this.name} is not up; npm run lab -- up 3`);
    return ['nsenter', `--net=${hub}`, '--', ...argv];
  }

  address(name: string): string {
    const file = join(this.dir, 'nodes', name, 'address');
    if (!existsSync(file)) throw new LabError(`the lab ${this.name} has no node ${name}`);
    return readFileSync(file, 'utf8').trim();
  }

  /** All nodes: those made by `up` first, in their order. */
  async nodes(): Promise<readonly LabNode[]> {
    const order = new Intl.Collator('en', { numeric: true });
    return (await this.#fleet('ls'))
      .split('\n')
      .filter(Boolean)
      .map((line) => parseNode(line))
      .toSorted((a, b) => Number(isNumbered(b)) - Number(isNumbered(a)) || order.compare(a.name, b.name));
  }

  /** An inventory of the nodes that are up: the first is the server, edge devices are a group of their own. */
  async inventoryYaml({ user = 'ops', delayed = false }: InventoryOptions = {}): Promise<string> {
    const nodes = (await this.nodes()).filter(({ status }) => status !== 'off');
    const devices = nodes.filter(({ base }) => base === 'edge');
    const [server, ...agents] = nodes.filter(({ base }) => base !== 'edge');
    const group = (members: readonly LabNode[]): object => ({
      hosts: Object.fromEntries(
        members.map(({ name, address }) => [name, { ansible_host: delayed ? delayedAddress(address) : address }]),
      ),
    });
    return stringify({
      all: {
        vars: {
          ansible_user: user,
          ansible_ssh_private_key_file: this.keyFile,
          k3sbox_known_hosts_file: this.knownHostsFile,
        },
        children: {
          ...(server && { k3s_server: group([server]) }),
          ...(agents.length > 0 && { k3s_agent: group(agents) }),
          ...(devices.length > 0 && { edge: group(devices) }),
        },
      },
    });
  }

  /** Removes some nodes, or the whole lab with everything that it made and everything that runs in its network. */
  async down(names: readonly string[] = []): Promise<void> {
    if (names.length === 0) await this.#fleet('teardown');
    else await Promise.all(names.map((name) => this.#fleet('remove', name)));
  }

  async #make(names: readonly string[], options: NodeOptions): Promise<void> {
    const why = whyNoLab();
    if (why !== undefined) throw new LabError(why);
    const { lower, name: base, repo } = await buildBase(options.base ?? (isRootless ? 'forky' : 'forky+ctd'));
    const light = (options.light ?? isRootless) && base !== 'edge';
    for (const name of names) {
      const isNew = !existsSync(join(this.dir, 'nodes', name));
      if (isNew) await this.#fleet('create', name, base, lower, repo, light ? '/usr/sbin/lab-sshd' : '/sbin/init');
      await this.#fleet('boot', name);
    }
    for (const name of names) await this.wait(name);
  }

  /** What fleet.sh prints; rejects with what it complains about. */
  async #fleet(...args: readonly string[]): Promise<string> {
    const env = { LAB_ID: this.id, LAB_STATE: this.dir, LAB_NET: this.#net };
    const { code, stdout, stderr } = await run([join(import.meta.dirname, 'fleet.sh'), ...args], { env });
    if (code !== 0) {
      throw new LabError(stderr.trim().replace(/^lab: /, '') || `fleet.sh ${args.join(' ')} ended with ${code}`);
    }
    return stdout;
  }
}

function parseNode(line: string): LabNode {
  const [name = '', address = '', base = '', status = ''] = line.split(' ');
  return { name, address, base, status: status === 'up' || status === 'frozen' ? status : 'off' };
}

function isNumbered({ name }: LabNode): boolean {
  return /^n\d+$/.test(name);
}

/** Where the delay proxy answers for an address. */
export function delayedAddress(address: string): string {
  return address.replace(/^\d+/, '127');
}
