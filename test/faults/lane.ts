import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';

import { z } from 'zod';

import type { Lab } from '../lab/lab.ts';
import { run } from '../lab/run.ts';
import { FaultNode } from './node.ts';
import { planting, writePlay } from './play.ts';
import { type Recorded, Tripwire } from './tripwire.ts';

export interface EndedController {
  readonly code: number | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Controller {
  readonly child: ChildProcess;
  readonly ended: Promise<EndedController>;
}

export interface LaneOptions {
  readonly lab: Lab;
  readonly number: number;
  /** The words that start k3sbox. */
  readonly k3sbox: readonly string[];
  readonly folder: string;
  readonly tripwire: string;
}

/** A step of the undisturbed run. */
export interface JournalledStep extends Recorded {
  readonly node: 'main' | 'helper';
  /** "write /srv/app/etc/app.conf (mode 640)". */
  readonly say: string;
}

const Intended = z.object({
  type: z.literal('step-intended'),
  step: z.string(),
  say: z.string(),
  on: z.string().optional(),
  as: z.string().optional(),
});

/** Two nodes and a controller on a small disk: one case at a time is tried here. */
export class Lane {
  readonly main: FaultNode;
  readonly helper: FaultNode;
  /** What stands on the nodes before the play, and after an undisturbed one. */
  before: readonly string[] = [];
  after: readonly string[] = [];
  readonly #options: LaneOptions;
  readonly #cwd: string;
  #clock: string | undefined;

  constructor(options: LaneOptions) {
    const { lab, number, folder } = options;
    const disks = join(folder, 'disks');
    this.#options = options;
    this.#cwd = join(folder, `controller-${number}`);
    this.main = new FaultNode(lab, `main-${number}`, { disks, light: false });
    this.helper = new FaultNode(lab, `helper-${number}`, { disks, light: true });
  }

  /** Makes the nodes and the controller, as new. */
  async make(): Promise<void> {
    await this.main.make();
    await this.helper.make();
    await this.main.inside(planting);
    if (!existsSync(this.#cwd)) {
      mkdirSync(this.#cwd, { recursive: true });
      const { code, stderr } = await run(['mount', '-t', 'tmpfs', '-o', 'size=24m,mode=755', 'tmpfs', this.#cwd]);
      if (code !== 0) throw new Error(stderr);
    }
    writePlay(this.#cwd);
    writeFileSync(join(this.#cwd, 'hosts.yaml'), this.#inventory());
    this.before = await this.look();
  }

  async remove(): Promise<void> {
    await run(['umount', '-l', this.#cwd]);
  }

  /** An undisturbed run: what it does, and what stands on the nodes then. Goes back afterwards. */
  async rehearse(): Promise<readonly JournalledStep[]> {
    const tripwire = this.#options.tripwire;
    const wires = [
      await Tripwire.record(tripwire, this.main.mounts),
      await Tripwire.record(tripwire, this.helper.mounts),
    ] as const;
    const ended = await this.start('run', 'play.yaml', '-i', 'hosts.yaml').ended;
    for (const wire of wires) await wire.remove();
    const { code, stdout, stderr } = ended;
    if (code !== 0) throw new Error(`the undisturbed run ended with ${code}: ${stdout}${stderr}`);
    this.after = await this.look();
    const back = await this.start('rollback', '--last').ended;
    const lost = differences(this.before, await this.look());
    if (back.code !== 0 || lost.length > 0) {
      throw new Error(`the undisturbed run cannot be taken back: ${back.stdout}${back.stderr}${lost.join('\n')}`);
    }
    return this.#named(wires[0].recorded, wires[1].recorded);
  }

  /** Joins what the nodes did with what the journal says was meant. */
  #named(main: readonly Recorded[], helper: readonly Recorded[]): readonly JournalledStep[] {
    const [name = ''] = this.runs;
    const lines = readFileSync(join(this.#cwd, '.k3sbox/runs', name, 'events.jsonl'), 'utf8')
      .trim()
      .split('\n');
    const intended = lines.flatMap((line) => Intended.safeParse(JSON.parse(line)).data ?? []);
    const sayOf = ({ folder, step }: Recorded, node: string): string => {
      const as = /^\/home\/([^/]+)\//.exec(folder)?.[1] ?? 'root';
      return (
        intended.find((one) => one.step === step && (one.on ?? 'main') === node && (one.as ?? 'ops') === as)?.say ?? ''
      );
    };
    return (['main', 'helper'] as const).flatMap((node) =>
      (node === 'main' ? main : helper).map((step) => Object.assign(step, { node, say: sayOf(step, node) })),
    );
  }

  /** The recorded runs, oldest first. */
  get runs(): readonly string[] {
    const folder = join(this.#cwd, '.k3sbox/runs');
    return existsSync(folder) ? readdirSync(folder).toSorted() : [];
  }

  /** As if k3sbox had never been used here. */
  async forget(): Promise<void> {
    this.#clock = undefined;
    rmSync(join(this.#cwd, '.k3sbox'), { recursive: true, force: true });
    await Promise.all([this.main.forget(), this.helper.forget()]);
  }

  async look(): Promise<readonly string[]> {
    const [main, helper] = await Promise.all([this.main.look(), this.helper.look()]);
    return [...main.map((line) => `main: ${line}`), ...helper.map((line) => `helper: ${line}`)];
  }

  /** Starts k3sbox as a process of its own. */
  start(...words: readonly string[]): Controller {
    const clock = this.#clock;
    const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env;
    const env = {
      ...inherited,
      ...(clock !== undefined && {
        FAULTS_CLOCK: clock,
        NODE_OPTIONS: `--import=${pathToFileURL(join(import.meta.dirname, 'clock.mjs')).href}`,
      }),
    };
    const options = { cwd: this.#cwd, env, stdio: ['ignore' as const, 'pipe' as const, 'pipe' as const] };
    const child = this.#options.lab.spawn([...this.#options.k3sbox, ...words], options);
    return { child, ended: endOf(child) };
  }

  /** From now on the controller's clock can be moved, also of one that runs. */
  useClock(): void {
    this.#clock = join(this.#cwd, 'clock');
    writeFileSync(this.#clock, '0');
  }

  moveClock(seconds: number): void {
    if (this.#clock !== undefined) writeFileSync(this.#clock, String(seconds));
  }

  /** Fills the controller's disk. */
  async fill(): Promise<void> {
    const ballast = join(this.#cwd, 'ballast');
    await run(['dd', 'if=/dev/zero', `of=${ballast}`, 'bs=64k']);
  }

  empty(): void {
    rmSync(join(this.#cwd, 'ballast'), { force: true });
  }

  #inventory(): string {
    const { lab } = this.#options;
    const vars = {
      ansible_user: 'ops',
      ansible_ssh_private_key_file: lab.keyFile,
      k3sbox_known_hosts_file: lab.knownHostsFile,
    };
    const hosts = { main: { ansible_host: this.main.address }, helper: { ansible_host: this.helper.address } };
    return JSON.stringify({ all: { vars, hosts } });
  }
}

async function endOf(child: ChildProcess): Promise<EndedController> {
  const ended = new Promise<number | undefined>((done, fail) => {
    child.once('error', fail);
    child.once('close', (code) => done(code ?? undefined));
  });
  const { stdout, stderr } = child;
  const [code, out, err] = await Promise.all([ended, stdout ? text(stdout) : '', stderr ? text(stderr) : '']);
  return { code, stdout: out, stderr: err };
}

/** What is on one side only, with a sign. */
export function differences(wanted: readonly string[], found: readonly string[]): readonly string[] {
  const [left, right] = [new Set(wanted), new Set(found)];
  return [
    ...wanted.filter((line) => !right.has(line)).map((line) => `- ${line}`),
    ...found.filter((line) => !left.has(line)).map((line) => `+ ${line}`),
  ];
}
