import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { parse, stringify } from 'yaml';
import { z } from 'zod';

import type { BuiltCli, RunningCli } from '../helpers/built-cli.ts';
import type { Lab } from '../lab/lab.ts';
import { run } from '../lab/run.ts';

const root = resolve(import.meta.dirname, '../..');
const looking = readFileSync(join(import.meta.dirname, 'look.sh'), 'utf8');

/** The playbook that is judged. */
const sysboxYaml = join(root, 'playbooks/sysbox.yaml');
export const uninstallYaml = join(root, 'playbooks/sysbox-uninstall.yaml');

/** Where K3s keeps what containerd reads. */
export const containerdFolder = '/var/lib/rancher/k3s/agent/etc/containerd';
export const ourDropIn = `${containerdFolder}/config-v3.toml.d/50-k3sbox-sysbox-runc.toml`;

/** What one k3sbox said and did. */
export interface Told {
  readonly exitCode: number | undefined;
  /** All that a person saw. */
  readonly text: string;
  /** Of the run that it recorded; empty when there was none. */
  readonly run: string;
}

const runFinished = z.object({
  type: z.literal('run-finished'),
  hosts: z.record(z.string(), z.object({ status: z.string(), changed: z.number() })),
});

export type Hosts = z.output<typeof runFinished>['hosts'];

interface Parts {
  readonly lab: Lab;
  readonly cli: BuiltCli;
  /** For the inventory, the programs and the journals; outside of the repository. */
  readonly folder: string;
  readonly isSmall: boolean;
}

/** A K3s cluster of the lab, and a controller in its network. */
export class Cluster {
  readonly lab: Lab;
  readonly folder: string;
  readonly servers: readonly string[];
  readonly agents: readonly string[];
  /** The run that brought Sysbox to the nodes; undefined while they have none. */
  broughtBy: string | undefined;
  /** The hosts that it was about. */
  limit = 'all';
  readonly #cli: BuiltCli;

  constructor({ lab, cli, folder, isSmall }: Parts) {
    this.lab = lab;
    this.#cli = cli;
    this.folder = folder;
    // n1 is the lab's first server, sN are others
    this.servers = isSmall ? ['n1'] : ['n1', 's2', 's3'];
    this.agents = isSmall ? ['n2', 'n3'] : ['n2', 'n3', 'n4', 'n5', 'n6'];
  }

  get nodes(): readonly string[] {
    return [...this.servers, ...this.agents];
  }

  /** The nodes that it was about. */
  get brought(): readonly string[] {
    return this.limit === 'all' ? this.nodes : this.limit.split(':');
  }

  /** Makes it, or makes it anew: K3s is running, every node has a pod that belongs to somebody, and there is no Sysbox. */
  async make(): Promise<void> {
    await this.lab.down();
    this.broughtBy = undefined;
    this.limit = 'all';
    const base = 'forky+ctd+k3s';
    await this.lab.new('n1', { base });
    await Promise.all(this.nodes.slice(1).map((node) => this.lab.new(node, { base })));
    this.#writeInventory();
    await this.#makePrograms();
    const guests = this.nodes.map((node) => guest(node));
    await this.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'guests' } });
    // its service account comes a moment later
    await this.until('the guests are admitted', async () => {
      await this.apply(...guests);
      return true;
    });
    const pods = this.nodes.map((node) => `pod/on-${node}`).join(' ');
    await this.kubectl(`wait -n guests --for=condition=Ready ${pods} --timeout=60s`);
  }

  /** Which folder holds the programs, and what they say that they are. */
  get programs(): string {
    return join(this.folder, 'sysbox');
  }

  /** Runs k3sbox as an operator would, without colours. */
  async k3sbox(...words: readonly string[]): Promise<Told> {
    return told(await this.start(...words).ended);
  }

  /** Starts it as a process of its own. */
  start(...words: readonly string[]): RunningCli {
    return this.#cli.start(this.folder, words);
  }

  /** The words of a run of the playbook; `limit` is a pattern of hosts. */
  words(verb: string, limit = 'all', ...more: readonly string[]): readonly string[] {
    return [verb, sysboxYaml, '-i', 'inventory', '--limit', limit, ...more];
  }

  /** How the hosts of a recorded run ended. */
  async hosts(id: string): Promise<Hosts> {
    return runFinished.parse((await this.events(id)).at(-1)).hosts;
  }

  /** All that happened in a recorded run. */
  async events(id: string): Promise<readonly unknown[]> {
    const { stdout } = await this.#cli.run(this.folder, 'runs', 'show', id, '--output', 'json');
    return stdout
      .trimEnd()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
  }

  /** What a command prints that root runs on a node. @throws when it fails */
  async root(node: string, command: string, input = ''): Promise<string> {
    const { code, stdout, stderr } = await this.lab.ssh(node, command, { user: 'root', input });
    if (code !== 0) throw new Error(`${node}: ${command.slice(0, 200)} ended with ${code}: ${stderr.trim()}`);
    return stdout;
  }

  /** As the cluster's administrator, on the first server. */
  kubectl(words: string, input = ''): Promise<string> {
    return this.root('n1', `/usr/local/bin/k3s kubectl ${words}`, input);
  }

  async apply(...objects: readonly object[]): Promise<void> {
    await this.kubectl(
      'apply --server-side --force-conflicts -f -',
      JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }),
    );
  }

  /** Waits for something that cannot be heard of. @throws when it does not come within two minutes */
  async until(what: string, isSo: () => Promise<boolean>): Promise<void> {
    const end = Date.now() + 120_000;
    let last: unknown = '';
    while (Date.now() < end) {
      try {
        if (await isSo()) return;
      } catch (error) {
        last = error;
      }
      await sleep(500);
    }
    throw new Error(`waited in vain until ${what} ${String(last)}`);
  }

  async isReady(node: string): Promise<boolean> {
    const path = `jsonpath={.status.conditions[?(@.type=="Ready")].status}`;
    return (await this.kubectl(`get node ${node} -o '${path}'`)) === 'True';
  }

  /** The unit that runs K3s on a node. */
  unit(node: string): string {
    return this.servers.includes(node) ? 'k3s' : 'k3s-agent';
  }

  /** Changes whenever K3s is started anew on one of the nodes. */
  async starts(nodes: readonly string[] = this.nodes): Promise<string> {
    const said = nodes.map((node) => this.root(node, `systemctl show ${this.unit(node)} -p ExecMainPID --value`));
    return (await Promise.all(said)).join('').trim();
  }

  /** Restarts K3s by hand, and waits until the node is Ready. */
  async restart(node: string): Promise<void> {
    await this.root(node, `systemctl restart ${this.unit(node)}`);
    await this.until(`${node} is Ready`, () => this.isReady(node));
  }

  /** All that a node has, of what the playbook may touch: a line for each. */
  async look(node: string): Promise<readonly string[]> {
    return (await this.root(node, 'sh -s', looking)).split('\n').map((line) => `${node} ${line}`);
  }

  /** A host beside the cluster, which the inventory has in no group of it. */
  async addHelper(name: string): Promise<void> {
    await this.lab.new(name, { base: 'forky' });
    this.#writeInventory([name]);
  }

  async removeHelper(name: string): Promise<void> {
    await this.lab.down([name]);
    this.#writeInventory();
  }

  #writeInventory(helpers: readonly string[] = []): void {
    const folder = join(this.folder, 'inventory');
    mkdirSync(join(folder, 'group_vars'), { recursive: true });
    const group = (nodes: readonly string[]): object => ({
      hosts: Object.fromEntries(nodes.map((node) => [node, { ansible_host: this.lab.address(node) }])),
    });
    const vars = {
      ansible_user: 'ops',
      ansible_ssh_private_key_file: this.lab.keyFile,
      k3sbox_known_hosts_file: this.lab.knownHostsFile,
    };
    const children = { k3s_server: group(this.servers), k3s_agent: group(this.agents), helper: group(helpers) };
    writeFileSync(join(folder, 'hosts.yaml'), stringify({ all: { vars, children } }));
  }

  async #makePrograms(): Promise<void> {
    const { code, stderr } = await run([join(root, 'test/lab/stand-ins/sysbox/build.sh'), this.programs]);
    if (code !== 0) throw new Error(`there are no Sysbox programs: ${stderr}`);
    const { version } = z
      .object({ version: z.string() })
      .parse(JSON.parse(readFileSync(join(this.programs, 'manifest.json'), 'utf8')));
    const file = readFileSync(join(root, 'inventories/lab/group_vars/all.yaml'), 'utf8');
    const vars = z.record(z.string(), z.unknown()).parse(parse(file));
    const own = {
      sysbox_artifacts_dir: this.programs,
      sysbox_version: version,
      sysbox_allow_api_outage: this.servers.length < 3,
    };
    writeFileSync(join(this.folder, 'inventory/group_vars/all.yaml'), stringify({ ...vars, ...own }));
  }
}

/** @returns the id of the run, from the first line that k3sbox prints */
export function told({ exitCode, stdout, stderr }: Awaited<RunningCli['ended']>): Told {
  return { exitCode, text: `${stdout}${stderr}`, run: /^run (\S+)/m.exec(stdout)?.[1] ?? '' };
}

/** A pod of somebody else, which must not notice anything. */
function guest(node: string): object {
  return pod(`on-${node}`, 'guests', { nodeName: node });
}

/** A pod that sleeps. */
export function pod(name: string, namespace: string, spec: object): object {
  const image = 'docker.io/lab/busybox:1';
  const containers = [{ name: 'c', image, imagePullPolicy: 'Never', command: ['sleep', '360000'] }];
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace },
    spec: { terminationGracePeriodSeconds: 0, ...spec, containers },
  };
}
