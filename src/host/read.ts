import { TaskFailedError } from '../base/errors.ts';
import { sanitise } from '../base/text.ts';
import { parseAnswers, type Answer, type Sections } from './answers.ts';
import type { Query } from './query.ts';
import { renderRead } from './read-script.ts';
import type { Session, Stream } from './session.ts';

export interface ReadOptions {
  readonly signal?: AbortSignal;
  /** A script that goes first, in the same round trip; its frames (other than answers) go to `onFrame`. */
  readonly first?: string;
  readonly onFrame?: (frame: string) => void;
  /** What `first` printed behind its last frame. */
  readonly onFirstOutput?: (text: string) => void;
}

/**
 * Asks a host all these questions in one round trip.
 * @throws UnreachableError, TaskFailedError when the host cannot answer
 */
export async function readAnswers(
  session: Session,
  queries: readonly Query[],
  options: ReadOptions,
): Promise<Answer[]> {
  const said = new Said();
  const script = `${options.first === undefined ? '' : `${options.first}\n`}${renderRead(queries, session.nonce)}`;
  const { exitCode } = await session.run(script, {
    ...(options.signal && { signal: options.signal }),
    onData: (stream, data) => said.data(stream, data),
    onFrame: (stream, frame) => {
      if (!said.frame(stream, frame)) options.onFrame?.(frame);
    },
  });
  const sections = said.sections();
  const first = sections.stdout.get('');
  if (first && options.onFirstOutput) options.onFirstOutput(first.toString());
  if (exitCode !== 0 && !said.isWhole) {
    const words = sanitise(sections.stderr.get('')?.toString() ?? '').trim();
    throw new TaskFailedError(
      `cannot read the state of the host (exit code ${exitCode})${words === '' ? '' : `: ${words}`}`,
    );
  }
  return parseAnswers(queries, sections);
}

/** What a host says in answer to questions, in the sections that the frames before them name. */
export class Said {
  readonly #chunks = { stdout: new Map<string, Buffer[]>(), stderr: new Map<string, Buffer[]>() };
  readonly #current: Record<Stream, string> = { stdout: '', stderr: '' };

  /** The last answer is through. */
  get isWhole(): boolean {
    return this.#current.stdout === 'end';
  }

  data(stream: Stream, data: Buffer): void {
    const chunks = this.#chunks[stream];
    const section = this.#current[stream];
    const known = chunks.get(section);
    if (known === undefined) chunks.set(section, [data]);
    else known.push(data);
  }

  /** @returns false for a frame that is about something else */
  frame(stream: Stream, frame: string): boolean {
    if (!frame.startsWith('A ')) return false;
    this.#current[stream] = frame.slice(2);
    return true;
  }

  sections(): Sections {
    const { stdout, stderr } = this.#chunks;
    return { stdout: join(stdout), stderr: join(stderr) };
  }
}

function join(sections: ReadonlyMap<string, readonly Buffer[]>): Map<string, Buffer> {
  return new Map([...sections].map(([name, chunks]) => [name, Buffer.concat(chunks)]));
}
