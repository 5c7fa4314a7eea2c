import { setTimeout as sleep } from 'node:timers/promises';

import type { Continuation, Fault } from './catalogue.ts';
import { type Controller, differences, type EndedController, type JournalledStep, type Lane } from './lane.ts';
import type { FaultNode } from './node.ts';
import { type Point, Tripwire } from './tripwire.ts';

export type Phase = 'before' | 'during' | 'after';

export interface Case {
  readonly fault: Fault;
  /** From 1, as in the table of steps. */
  readonly number: number;
  readonly step: JournalledStep;
  readonly phase: Phase;
  readonly continuation: Continuation;
  readonly form: 0 | 1;
}

export interface Outcome {
  readonly survived: boolean;
  /** Where the run was held. */
  readonly held: string;
  /** What was lost, and what was printed meanwhile. */
  readonly problems: readonly string[];
  readonly seconds: number;
}

/** Takes turns on the machine; one that only waits for a keepalive lets others have it. */
export interface Turns {
  take(): Promise<() => void>;
}

/** No run may take longer to notice that it is alone. */
const patienceMs = 180_000;

/** Tries one case. Never throws: whatever goes wrong is a loss. */
export async function tryCase(lane: Lane, tripwire: string, one: Case, turns: Turns): Promise<Outcome> {
  const begun = performance.now();
  const attempt = new Attempt(lane, tripwire, one, turns);
  try {
    await attempt.run();
  } catch (error) {
    attempt.problems.push(error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    await attempt.end();
  }
  const { problems, held } = attempt;
  return { survived: problems.length === 0, held, problems, seconds: (performance.now() - begun) / 1000 };
}

class Attempt {
  readonly problems: string[] = [];
  held = '';
  readonly #lane: Lane;
  readonly #tripwire: string;
  readonly #case: Case;
  readonly #turns: Turns;
  #giveTurn: () => void = () => {};
  #ran: EndedController | undefined;
  #last: EndedController | undefined;

  constructor(lane: Lane, tripwire: string, one: Case, turns: Turns) {
    this.#lane = lane;
    this.#tripwire = tripwire;
    this.#case = one;
    this.#turns = turns;
  }

  async run(): Promise<void> {
    this.#giveTurn = await this.#turns.take();
    const { fault, continuation } = this.#case;
    await this.#lane.forget();
    fault.prepare?.(this.#lane);
    if (!(await this.#disturb())) return;
    if (continuation === 'rollback') await this.#rollBack('--last');
    else await this.#resume();
  }

  async end(): Promise<void> {
    try {
      await this.#case.fault.settle?.(this.#lane);
    } catch (error) {
      this.problems.push(String(error));
    }
    this.#giveTurn();
  }

  /** Runs the play up to the point, has the fault happen there, and waits until the run has ended. */
  async #disturb(): Promise<boolean> {
    const { step } = this.#case;
    const lane = this.#lane;
    const node = step.node === 'main' ? lane.main : lane.helper;
    const wire = await Tripwire.stopAt(this.#tripwire, node.mounts, pointOf(this.#case));
    const controller = lane.start('run', 'play.yaml', '-i', 'hosts.yaml', '-v');
    let repair = nothing;
    try {
      const held = await Promise.race([wire.sprung(), controller.ended.then(() => undefined)]);
      if (held === undefined) {
        const { code, stdout, stderr } = await controller.ended;
        this.problems.push(`the run ended before the point was reached, with ${code}`, stdout, stderr);
        return false;
      }
      this.held = held;
      repair = await this.#inject(controller, node);
    } finally {
      await wire.remove();
      await this.#waitFor(controller);
      await repair();
    }
    return true;
  }

  async #inject(controller: Controller, node: FaultNode): Promise<() => Promise<void>> {
    const { fault, form, continuation, step } = this.#case;
    const runs = step.folder.slice(0, step.folder.lastIndexOf('/'));
    const name = await node.inside(`ls -t ${runs}|head -n 1`);
    const folder = `${runs}/${name.trim()}`;
    return fault.inject({ lane: this.#lane, controller, node, folder, form, continuation });
  }

  /** Others have their turn while the controller waits for answers that do not come. */
  async #waitFor({ child, ended }: Controller): Promise<void> {
    const { fault } = this.#case;
    if (fault.slow) this.#giveTurn();
    this.#ran = await Promise.race([ended, sleep(patienceMs, undefined, { ref: false })]);
    if (this.#ran === undefined) {
      child.kill('SIGKILL');
      this.problems.push(`the run did not end within ${patienceMs / 1000} s`);
    }
    if (fault.slow) this.#giveTurn = await this.#turns.take();
  }

  async #resume(): Promise<void> {
    const [run = ''] = this.#lane.runs;
    await this.#k3sbox('resume');
    this.#compare('not as after an undisturbed run', this.#lane.after, await this.#lane.look());
    const again = await this.#k3sbox('run', 'play.yaml', '-i', 'hosts.yaml', '--output', 'json');
    const changed = again.stdout
      .split('\n')
      .filter((line) => line.includes('"task-ended"') && line.includes('"status":"changed"'));
    if (changed.length > 0) this.problems.push('a second run changes something', ...changed);
    await this.#rollBack(run);
  }

  async #rollBack(run: string): Promise<void> {
    await this.#k3sbox('rollback', run);
    this.#compare('not as before the run', this.#lane.before, await this.#lane.look());
  }

  async #k3sbox(...words: readonly string[]): Promise<EndedController> {
    const { child, ended } = this.#lane.start(...words);
    const result = await Promise.race([ended, sleep(patienceMs, undefined, { ref: false })]);
    if (result === undefined) {
      child.kill('SIGKILL');
      throw new Error(`k3sbox ${words.join(' ')} did not end within ${patienceMs / 1000} s`);
    }
    this.#last = result;
    if (result.code !== 0) {
      this.problems.push(`k3sbox ${words.join(' ')} ended with ${result.code}`, result.stdout, result.stderr);
    }
    return result;
  }

  #compare(title: string, wanted: readonly string[], found: readonly string[]): void {
    const lines = differences(wanted, found);
    if (lines.length === 0) return;
    this.problems.push(`${title}:`, ...lines.slice(0, 40));
    for (const [who, said] of [
      ['the disturbed run', this.#ran],
      ['the last one', this.#last],
    ] as const) {
      if (said !== undefined) this.problems.push(`${who} had said:`, said.stdout, said.stderr);
    }
  }
}

async function nothing(): Promise<void> {}

function pointOf({ step, phase, continuation }: Case): Point {
  const folder = step.folder.slice(0, step.folder.indexOf('/k3sbox/') + 1);
  const base = { folder, step: step.step };
  if (phase === 'before') return { ...base, at: 'begun' };
  if (phase === 'after') return { ...base, at: 'rc' };
  // In the middle of the step, or before its last program: most often the one that makes the change.
  const programs = Math.max(1, step.programs);
  return { ...base, at: continuation === 'rollback' ? Math.ceil(programs / 2) : programs };
}
