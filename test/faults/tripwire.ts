import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import { run } from '../lab/run.ts';

/** Where a run is stopped: beside the opening of a file in a run's folder on a node. */
export interface Point {
  /** Part of the path of the run's folder: tells users and delegated runs apart. */
  readonly folder: string;
  /** The step's name: "0003.1". */
  readonly step: string;
  /** The step's `.begun` or `.rc` is about to be written, or the n-th program of the step is about to start. */
  readonly at: 'begun' | 'rc' | number;
}

/** What an undisturbed run did, step by step. */
export interface Recorded {
  readonly folder: string;
  readonly step: string;
  readonly programs: number;
}

/** Compiles tripwire.c. @returns the program */
export async function buildTripwire(folder: string): Promise<string> {
  const program = join(folder, 'tripwire');
  const source = join(import.meta.dirname, 'tripwire.c');
  const { code, stderr } = await run(['gcc', '-O1', '-Wall', '-o', program, source]);
  if (code !== 0) throw new Error(`tripwire.c cannot be compiled: ${stderr}`);
  return program;
}

/** Stops a process on a node at an exact point, or records what happens: see tripwire.c. */
export class Tripwire {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: string[] = [];
  readonly #ended: Promise<void>;
  #onLine: () => void = () => {};
  #isOver = false;

  private constructor(program: string, mounts: readonly string[], order: string) {
    this.#child = spawn(program, mounts, { stdio: 'pipe' });
    this.#child.stdin.on('error', () => {});
    this.#child.stdin.write(`${order}\n`);
    this.#child.stderr.on('data', (text: Buffer) => this.#lines.push(text.toString().trim()));
    this.#ended = new Promise((done) => {
      this.#child.once('close', () => {
        this.#isOver = true;
        this.#onLine();
        done();
      });
    });
    createInterface({ input: this.#child.stdout }).on('line', (line) => {
      this.#lines.push(line);
      this.#onLine();
    });
  }

  /** Armed when it resolves. `mounts` are any paths on the file systems to watch. */
  static async stopAt(program: string, mounts: readonly string[], { folder, step, at }: Point): Promise<Tripwire> {
    const where = typeof at === 'number' ? `${at} ${folder} ${step}` : `0 ${folder} ${step}.${at}`;
    return Tripwire.#armed(new Tripwire(program, mounts, `stop ${where}`));
  }

  static async record(program: string, mounts: readonly string[]): Promise<Tripwire> {
    return Tripwire.#armed(new Tripwire(program, mounts, 'record'));
  }

  static async #armed(tripwire: Tripwire): Promise<Tripwire> {
    const line = await tripwire.#first(() => true);
    if (line !== 'ready') throw new Error(`the tripwire cannot be set: ${line ?? 'it has ended'}`);
    return tripwire;
  }

  /** What holds now: "program /usr/bin/mv"; undefined when the tripwire was removed before. */
  async sprung(): Promise<string | undefined> {
    return (await this.#first((line) => line.startsWith('at ')))?.slice('at '.length);
  }

  /** Lets go of what is held, and ends. */
  async remove(): Promise<void> {
    this.#child.stdin.end('go\n');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.#ended;
    clearTimeout(timer);
  }

  /** Of a recording: the steps in their order. */
  get recorded(): readonly Recorded[] {
    const steps = new Map<string, Recorded>();
    for (const line of this.#lines) {
      const [what, path = '', programs = '0'] = line.split(' ');
      const found = /^(.*\/runs\/[^/]*)\/(\d{4}\.\d+)\.(?:begun|rc)$/.exec(path);
      const [, folder = '', step = ''] = found ?? [];
      if (found === null || (what !== 'begun' && what !== 'rc')) continue;
      const key = `${folder}/${step}`;
      if (what === 'rc' || !steps.has(key)) steps.set(key, { folder, step, programs: Number(programs) });
    }
    return [...steps.values()];
  }

  #first(isWanted: (line: string) => boolean): Promise<string | undefined> {
    return new Promise((done) => {
      this.#onLine = () => {
        const line = this.#lines.find(isWanted);
        if (line !== undefined || this.#isOver) done(line);
      };
      this.#onLine();
    });
  }
}
