import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import { stringify } from 'yaml';

import { run } from '../lab/run.ts';
import type { BenchHost } from './bench-host.ts';
import { w2Playbook } from './work-items/w2-playbook.ts';
import { w2Script } from './work-items/w2-script.ts';
import { w2 } from './work-items/w2.ts';
import { w3Content, w3Playbook } from './work-items/w3.ts';
import { w4, w4Playbook } from './work-items/w4.ts';
import { w5Script } from './work-items/w5.ts';

const prefix = '/tmp/k3sbox-bench-';

/** The folder of a benchmark, at the same path for all tools: keys, inventories, and the work items as files. */
export class Stage {
  // what runs in the base has the folder mounted at the same path
  readonly folder = `${prefix}${process.pid}`;

  /** Removes what a benchmark that was killed has left. */
  static sweep(): void {
    const left = readdirSync(dirname(prefix)).filter((name) => {
      const [, pid] = /^k3sbox-bench-(\d+)$/.exec(name) ?? [];
      return pid !== undefined && !existsSync(`/proc/${pid}`);
    });
    for (const name of left) rmSync(join(dirname(prefix), name), { recursive: true });
  }

  static async set(hosts: readonly BenchHost[]): Promise<Stage> {
    const stage = new Stage();
    mkdirSync(stage.folder);
    await stage.#makeKeys(hosts);
    stage.write('w2.yaml', w2Playbook());
    stage.write('w2.sh', w2Script());
    for (const { source, text } of w2.templates) stage.write(`templates/${source}`, text);
    const blob = stage.write('blob', w3Content());
    stage.write('w3.yaml', w3Playbook(blob));
    for (const { path, text } of w4.files) stage.write(`${w4.folder}/${path}`, text);
    stage.write('w4.yaml', w4Playbook(stage.path(w4.folder)));
    stage.write('w5.sh', w5Script);
    mkdirSync(stage.path('runs'));
    return stage;
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /** The YAML inventory of k3sbox and Ansible; `more` are variables of all hosts. */
  inventory(hosts: readonly BenchHost[], more: Readonly<Record<string, string>> = {}): string {
    const all = {
      hosts: Object.fromEntries(hosts.map((host) => [host.name, variables(host)])),
      vars: {
        ansible_user: 'root',
        ansible_ssh_private_key_file: this.path('keys/user'),
        k3sbox_known_hosts_file: this.path('ssh/known_hosts'),
        ...more,
      },
    };
    const name = [hosts.length, ...Object.keys(more)].join('-');
    return this.write(`inventory/${name}.yaml`, stringify({ all }));
  }

  /** The addresses, a line each. */
  addresses(hosts: readonly BenchHost[]): string {
    return this.write(`inventory/${hosts.length}.txt`, hosts.map(({ address }) => `${address}\n`).join(''));
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #makeKeys(hosts: readonly BenchHost[]): Promise<void> {
    mkdirSync(this.path('keys'));
    for (const name of ['host', 'user']) {
      const { code, stderr } = await run([
        'ssh-keygen',
        '-q',
        '-t',
        'ed25519',
        '-N',
        '',
        '-f',
        this.path(`keys/${name}`),
      ]);
      if (code !== 0) throw new Error(`no key could be made: ${stderr}`);
    }
    const [type, key] = readFileSync(this.path('keys/host.pub'), 'utf8').split(' ');
    this.write('ssh/known_hosts', hosts.map(({ address }) => `${address} ${type} ${key?.trim()}\n`).join(''));
    // OpenSSH's client as it comes: only who and with which key
    this.write('ssh/config', `Host 10.77.1.*\n  User root\n  IdentityFile ${this.path('keys/user')}\n`);
  }

  /** Writes a file. @returns its path */
  write(name: string, text: string | Buffer): string {
    const path = this.path(name);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, text);
    return path;
  }
}

function variables({ number, address, role }: BenchHost): object {
  return { ansible_host: address, n: number, node_ip: address, role };
}
