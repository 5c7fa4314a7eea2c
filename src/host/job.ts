import { setTimeout as sleep } from 'node:timers/promises';

import { TaskFailedError, UnreachableError } from '../base/errors.ts';
import { sanitise } from '../base/text.ts';
import type { StepResult } from './act.ts';
import { BoundedText } from './bounded-text.ts';
import type { Host, RunAs } from './host.ts';
import { jobLibrary, jobOutputLimitBytes } from './job-library.ts';
import { runFolder, type RunPlace } from './run-folder.ts';
import type { Session, Stream } from './session.ts';

/** A command in the background, by the step that started it. */
export interface JobPlace {
  readonly host: Host;
  /** The run's name on that host. */
  readonly run: string;
  readonly as: RunAs;
  readonly step: string;
}

/** `none`: never started, or removed. `lost`: gone without a result; the machine was restarted, or somebody killed it. */
export type JobState =
  | { readonly is: 'none' | 'running' | 'lost' }
  | { readonly is: 'ended'; readonly exitCode: number; readonly how: 'ended' | 'limit' | 'stopped' };

export interface FollowOptions {
  /** The most that the job takes; after it, and a minute more, a host that cannot be reached is given up. */
  readonly limitMs: number;
  /** How long one request waits for news. Whoever else wants something of this session waits so long, too. */
  readonly pollMs: number;
  /** Ends the job. */
  readonly signal?: AbortSignal;
  /** Each byte once, from the job's first on, also over a lost connection. */
  readonly onOutput?: (stream: Stream, data: Buffer) => void;
  /** What an operator should hear of: the connection was lost, it is there again, output was dropped. */
  readonly onNotice?: (message: string) => void;
}

/** @throws UnreachableError */
export function jobState({ host, run, as, step }: JobPlace): Promise<JobState> {
  const everything = { stdout: jobOutputLimitBytes, stderr: jobOutputLimitBytes };
  return host.inRun(run, as, (session, place) => look(session, { place, step, seen: everything, turns: 0 }));
}

/** Ends the job with everything that it has started, unless it is through. @throws UnreachableError */
export async function endJob({ host, run, as, step }: JobPlace): Promise<void> {
  await host.inRun(run, as, (session, place) =>
    session.run(`${runFolder(place)};cd "$R/jobs/${step}" 2>/dev/null||exit 0\n${jobLibrary}\nk_endjob .`),
  );
}

/**
 * Follows a job to its end. A connection that is lost meanwhile is made again, and its output goes on where it was.
 * @throws UnreachableError when the host stays away, LockedError, TaskFailedError when there is no such job, the signal's reason
 */
export async function followJob(job: JobPlace, options: FollowOptions): Promise<StepResult> {
  return new Follower(job, options).run();
}

class Follower {
  readonly #job: JobPlace;
  readonly #options: FollowOptions;
  readonly #begun = performance.now();
  readonly #seen = { stdout: 0, stderr: 0 };
  readonly #texts = { stdout: new BoundedText(), stderr: new BoundedText() };

  constructor(job: JobPlace, options: FollowOptions) {
    this.#job = job;
    this.#options = options;
  }

  async run(): Promise<StepResult> {
    try {
      for (let isFirst = true; ; isFirst = false) {
        const state = await this.#look(isFirst);
        if (state !== undefined && state.is !== 'running') return this.#result(state);
      }
    } catch (error) {
      if (this.#options.signal?.aborted) await endJob(this.#job).catch(() => undefined);
      throw error;
    }
  }

  /** One request; undefined when the connection was lost and is there again. */
  async #look(isFirst: boolean): Promise<JobState | undefined> {
    const { host, run, as, step } = this.#job;
    const { pollMs, signal, onOutput } = this.#options;
    const turns = isFirst ? Math.ceil(Math.min(pollMs, 1000) / 100) : Math.ceil(pollMs / 500);
    try {
      return await host.inRun(run, as, (session, place) =>
        look(session, {
          place,
          step,
          seen: this.#seen,
          turns,
          isFirst,
          signal,
          onData: (stream, data) => {
            this.#seen[stream] += data.length;
            this.#texts[stream].push(data);
            onOutput?.(stream, data);
          },
          onDropped: () =>
            this.#notice(`more than ${jobOutputLimitBytes / 2 ** 20} MiB of output; the rest is dropped`),
        }),
      );
    } catch (error) {
      if (!(error instanceof UnreachableError) || signal?.aborted) throw error;
      this.#notice(`${error.message}; the command goes on there, trying to reach it again`);
      await this.#reconnect();
      this.#notice('connected again; the output goes on where it was');
      return undefined;
    }
  }

  async #reconnect(): Promise<void> {
    const { limitMs, signal } = this.#options;
    for (let waitMs = 500; ; waitMs = Math.min(waitMs * 2, 15_000)) {
      await sleep(waitMs, undefined, signal && { signal });
      try {
        // Takes the lock again, which nobody has touched meanwhile.
        await this.#job.host.read([], this.#job.as, signal);
        await this.#job.host.open(this.#job.as);
        return;
      } catch (error) {
        if (!(error instanceof UnreachableError) || performance.now() - this.#begun > limitMs + 60_000) throw error;
      }
    }
  }

  #notice(message: string): void {
    this.#options.onNotice?.(message);
  }

  #result(state: JobState): StepResult {
    if (state.is === 'none') {
      throw new TaskFailedError(
        `there is no command in the background at runs/${this.#job.run}/jobs/${this.#job.step}`,
      );
    }
    const hasEnded = state.is === 'ended';
    return {
      id: this.#job.step,
      exitCode: hasEnded ? state.exitCode : 255,
      timedOut: hasEnded && state.how === 'limit',
      ...(!hasEnded && { lost: true }),
      stdout: this.#texts.stdout.toString(),
      stderr: this.#texts.stderr.toString(),
      elapsedMs: performance.now() - this.#begun,
    };
  }
}

interface Look {
  readonly place: RunPlace;
  readonly step: string;
  /** Bytes of each stream that are known already. */
  readonly seen: Readonly<Record<Stream, number>>;
  /** How often the host looks before it answers that the job still runs: every half second, at first ten times as often. */
  readonly turns: number;
  readonly isFirst?: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onData?: (stream: Stream, data: Buffer) => void;
  readonly onDropped?: () => void;
}

async function look(session: Session, options: Look): Promise<JobState> {
  let state: JobState | undefined;
  let said = '';
  const { exitCode } = await session.run(followScript(options, session.nonce), {
    ...(options.signal && { signal: options.signal }),
    onData: (stream, data) => {
      if (state === undefined && said.length < 1000) said += data.toString();
      options.onData?.(stream, data);
    },
    onFrame: (stream, frame) => {
      if (stream === 'stdout' && frame.startsWith('J ')) state = readState(frame);
      if (frame.endsWith(' full')) options.onDropped?.();
    },
  });
  if (state !== undefined) return state;
  const why = sanitise(said).trim();
  throw new TaskFailedError(`the command in the background cannot be looked at (exit code ${exitCode}): ${why}`);
}

function readState(frame: string): JobState {
  const [, word = '', how = ''] = frame.split(' ');
  if (word === 'none' || word === 'running' || word === 'lost') return { is: word };
  return { is: 'ended', exitCode: Number(word), how: how === 'limit' || how === 'stopped' ? how : 'ended' };
}

/**
 * Prints what is new on both streams until the job is through or the turns are, then a frame `J`: `none`, `running`, `lost`,
 * or how it ended. The result is looked for before the output, which is whole when there is one.
 */
function followScript({ place, step, seen, turns, isFirst }: Look, nonce: string): string {
  return String.raw`${runFolder(place)};N=${nonce}
cd "$R/jobs/${step}" 2>/dev/null||{ printf %s "$N""J none;";exit 0;}
${jobLibrary}
o=${seen.stdout} e=${seen.stderr} n=${turns} w=${isFirst ? '0.1' : '0.5'}
while :;do k_r= k_h= a=;if [ -f rc ];then read -r k_r k_h <rc;elif ! k_runs .;then a=lost;fi
set -- $(stat -c %s out err 2>/dev/null)
[ "${'$'}{1:-0}" -le $o ]||{ tail -c +$((o+1)) out|head -c $(($1-o));o=$1;}
[ "${'$'}{2:-0}" -le $e ]||{ tail -c +$((e+1)) err|head -c $(($2-e)) >&2;e=$2;}
if [ -n "$k_r" ];then f=;[ ! -f out.full ]&&[ ! -f err.full ]||f=' full';printf %s "$N""J $k_r $k_h$f;";exit 0;fi
if [ -n "$a" ];then [ ! -f rc ]||continue;printf %s "$N""J lost;";exit 0;fi
[ $n -gt 0 ]||{ printf %s "$N""J running;";exit 0;}
n=$((n-1));sleep $w 2>/dev/null||sleep 1;done`;
}
