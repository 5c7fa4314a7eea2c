import { TaskFailedError } from '../base/errors.ts';
import { sanitise } from '../base/text.ts';
import { parseAnswers, type Answer } from './answers.ts';
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
  const sections = { stdout: new Map<string, Buffer[]>(), stderr: new Map<string, Buffer[]>() };
  const current: Record<Stream, string> = { stdout: '', stderr: '' };
  const script = `${options.first === undefined ? '' : `${options.first}\n`}${renderRead(queries, session.nonce)}`;
  const { exitCode } = await session.run(script, {
    ...(options.signal && { signal: options.signal }),
    onData: (stream, data) =>
      sections[stream].get(current[stream])?.push(data) ?? sections[stream].set(current[stream], [data]),
    onFrame: (stream, frame) => {
      if (frame.startsWith('A ')) current[stream] = frame.slice(2);
      else options.onFrame?.(frame);
    },
  });
  const joined = {
    stdout: join(sections.stdout),
    stderr: join(sections.stderr),
  };
  const first = joined.stdout.get('');
  if (first && options.onFirstOutput) options.onFirstOutput(first.toString());
  if (exitCode !== 0 && current.stdout !== 'end') {
    const said = sanitise(joined.stderr.get('')?.toString() ?? '').trim();
    throw new TaskFailedError(
      `cannot read the state of the host (exit code ${exitCode})${said === '' ? '' : `: ${said}`}`,
    );
  }
  return parseAnswers(queries, joined);
}

function join(sections: ReadonlyMap<string, readonly Buffer[]>): Map<string, Buffer> {
  return new Map([...sections].map(([name, chunks]) => [name, Buffer.concat(chunks)]));
}
