import { TaskFailedError } from '../base/errors.ts';
import { BoundedText } from './bounded-text.ts';
import type { ActGroup, ActStep } from './act-group.ts';
import { isBrief, renderAct } from './act-script.ts';
import { parseAnswers, type Answer } from './answers.ts';
import type { BatchDeadman } from './deadman.ts';
import type { Query } from './query.ts';
import { Said } from './read.ts';
import type { RunPlace } from './run-folder.ts';
import type { Session, Stream } from './session.ts';

/** How a step went. Output is bounded; the end of it is kept. */
export interface StepResult {
  readonly id: string;
  readonly exitCode: number;
  readonly timedOut: boolean;
  /** Nobody knows how it ended: it ran in the background, and is gone. */
  readonly lost?: true;
  readonly stdout: string;
  readonly stderr: string;
  readonly elapsedMs: number;
}

export interface ActOutcome {
  /** Of the steps that ran, in order; the last one may have failed. */
  readonly results: readonly StepResult[];
  /** The first group whose guard did not hold: nothing of it, or behind it, was done. */
  readonly changedGroup?: number;
  /** To what was asked behind all steps; undefined when the batch stopped before. */
  readonly answers?: readonly Answer[];
}

export interface ActOptions {
  readonly place: RunPlace;
  /** Bytes of small local files by checksum; larger ones are in the run's stage on the host. */
  readonly contents: ReadonlyMap<string, Buffer>;
  /** The batch acts only under this dead-man switch. */
  readonly deadman?: BatchDeadman | undefined;
  /** A batch before has brought the undo program. */
  readonly hasUndo: boolean;
  /** Questions for when all steps are done: their answers save the next round trip. */
  readonly asks?: readonly Query[] | undefined;
  readonly signal?: AbortSignal;
  readonly onBegin?: (step: string) => void;
  readonly onOutput?: (step: string, stream: Stream, data: Buffer) => void;
  readonly onEnd?: (result: StepResult) => void;
}

interface Running {
  readonly id: string;
  readonly begun: number;
  readonly stdout: BoundedText;
  readonly stderr: BoundedText;
  ended: number;
  timer?: NodeJS.Timeout;
  timedOut: boolean;
}

/**
 * Does a batch in one round trip. Stops at the first step that fails, is timed out, or says so itself.
 * @throws UnreachableError when the connection is lost, the signal's reason when aborted, TaskFailedError when the undo log
 * cannot be written (nothing of that group was done).
 */
export async function performGroups(
  session: Session,
  groups: readonly ActGroup[],
  options: ActOptions,
): Promise<ActOutcome> {
  const { script, payload } = renderAct(groups, {
    place: options.place,
    nonce: session.nonce,
    contents: options.contents,
    deadman: options.deadman,
    hasUndo: options.hasUndo,
    asks: options.asks,
  });
  const batch = new Batch(groups, options);
  const signals = [batch.timeout.signal, ...(options.signal ? [options.signal] : [])];
  let exitCode = 0;
  try {
    ({ exitCode } = await session.run(script, {
      stdin: payload,
      signal: AbortSignal.any(signals),
      onData: (stream, data) => batch.data(stream, data),
      onFrame: (stream, frame) => batch.frame(stream, frame),
    }));
  } catch (error) {
    if (!batch.timeout.signal.aborted || options.signal?.aborted) throw error;
    batch.endRunning(124, true);
  } finally {
    batch.stop();
  }
  // Somebody on the host ended the batch itself: a person, or the kernel for want of memory.
  if (exitCode !== 0) batch.endRunning(exitCode, false);
  const { results, changedGroup, stray } = batch;
  if (batch.refused !== undefined) throw deadmanError(batch.refused, stray.toString());
  const answers = batch.answers?.isWhole ? parseAnswers(options.asks ?? [], batch.answers.sections()) : undefined;
  if (
    exitCode !== 0 &&
    batch.answers === undefined &&
    changedGroup === undefined &&
    results.every((result) => result.exitCode === 0)
  ) {
    const then = results.length === 0 ? 'nothing was changed' : 'what came next was not begun';
    throw new TaskFailedError(`the undo log cannot be written on the host; ${then}`, {
      output: stray.toString(),
      hint: 'Look at the free space and the rights of /var/lib/k3sbox.',
    });
  }
  return { results, ...(changedGroup !== undefined && { changedGroup }), ...(answers !== undefined && { answers }) };
}

function deadmanError(refused: string, output: string): TaskFailedError {
  const hasFired = refused === 'fired';
  return hasFired
    ? new TaskFailedError('its dead-man switch has fired: the host takes the run back by itself')
    : new TaskFailedError('its dead-man switch cannot be armed; nothing of this was done', { output });
}

/** Follows a running batch by its frames. */
class Batch {
  readonly results: StepResult[] = [];
  readonly stray = new BoundedText();
  readonly timeout = new AbortController();
  changedGroup: number | undefined;
  /** All steps are done: what comes now are answers. */
  answers: Said | undefined;
  /** Why the dead-man switch did not let the batch act. */
  refused: string | undefined;
  readonly #steps: ReadonlyMap<string, ActStep>;
  readonly #options: ActOptions;
  readonly #current: Record<Stream, Running | undefined> = { stdout: undefined, stderr: undefined };
  /** The two streams arrive apart: one may be steps ahead of the other. */
  readonly #running = new Map<string, Running>();
  /** On stdout since the last frame. */
  #said = new BoundedText();
  #lastFrameAt = performance.now();

  constructor(groups: readonly ActGroup[], options: ActOptions) {
    this.#steps = new Map(groups.flatMap(({ steps }) => steps.map((step) => [step.id, step] as const)));
    this.#options = options;
  }

  data(stream: Stream, data: Buffer): void {
    const running = this.#current[stream];
    if (this.answers !== undefined && stream === 'stdout') {
      this.answers.data(stream, data);
    } else if (running === undefined) {
      this.stray.push(data);
      if (stream === 'stdout') this.#said.push(data);
    } else {
      running[stream].push(data);
      this.#options.onOutput?.(running.id, stream, data);
    }
  }

  frame(stream: Stream, frame: string): void {
    if (this.answers?.frame(stream, frame)) return;
    const [kind, id = '', code = ''] = frame.split(' ');
    if (kind === 'R') this.answers = new Said();
    if (kind === 'X') this.#pass(id, Number(code));
    if (kind === 'B') this.#begin(stream, id);
    if (kind === 'D') this.#end(stream, Number(code));
    if (kind === 'G') this.changedGroup = Number(id);
    if (kind === 'A' && id === 'armed') this.#options.deadman?.onArmed();
    else if (kind === 'A') this.refused = id;
    if (stream === 'stdout') {
      this.#said = new BoundedText();
      this.#lastFrameAt = performance.now();
    }
  }

  /** The step that was running when the batch was ended. */
  endRunning(exitCode: number, timedOut: boolean): void {
    const running = [...this.#running.values()].at(-1);
    if (running === undefined) {
      // A brief one does not say that it begins.
      const next = [...this.#steps.values()].at(this.results.length);
      if (exitCode > 128 && next !== undefined && isBrief(next.step.do)) this.#pass(next.id, exitCode);
      return;
    }
    running.timedOut = timedOut;
    this.#finish(running, exitCode);
  }

  stop(): void {
    for (const { timer } of this.#running.values()) clearTimeout(timer);
  }

  /** A brief step is through: what was printed since the frame before is why it failed. */
  #pass(id: string, exitCode: number): void {
    const running = { ...newRunning(id), begun: this.#lastFrameAt, stderr: this.#said };
    this.#options.onBegin?.(id);
    this.#finish(running, exitCode);
  }

  #begin(stream: Stream, id: string): void {
    let running = this.#running.get(id);
    if (running === undefined) {
      running = newRunning(id);
      this.#running.set(id, running);
      this.#options.onBegin?.(id);
      const op = this.#steps.get(id)?.step.do;
      const timeoutMs = op?.kind === 'exec' || op?.kind === 'unit' ? op.timeoutMs : undefined;
      if (timeoutMs !== undefined) {
        running.timer = setTimeout(() => this.timeout.abort(new Error('time is up')), timeoutMs);
      }
    }
    this.#current[stream] = running;
  }

  #end(stream: Stream, exitCode: number): void {
    const running = this.#current[stream];
    this.#current[stream] = undefined;
    if (running === undefined) return;
    clearTimeout(running.timer);
    if (++running.ended < 2) return;
    this.#finish(running, exitCode);
  }

  #finish(running: Running, exitCode: number): void {
    const result: StepResult = {
      id: running.id,
      exitCode,
      timedOut: running.timedOut,
      stdout: running.stdout.toString(),
      stderr: running.stderr.toString(),
      elapsedMs: performance.now() - running.begun,
    };
    this.#running.delete(running.id);
    this.results.push(result);
    this.#options.onEnd?.(result);
  }
}

function newRunning(id: string): Running {
  return {
    id,
    begun: performance.now(),
    stdout: new BoundedText(),
    stderr: new BoundedText(),
    ended: 0,
    timedOut: false,
  };
}
