import { RollbackFailedError } from '../base/errors.ts';
import { sanitise } from '../base/text.ts';
import { BoundedText } from './bounded-text.ts';
import { undoScript, type RunPlace } from './run-folder.ts';
import type { Session } from './session.ts';

/** One step taken back, or not. */
export interface Undone {
  readonly step: string;
  /** 'same': nothing had to be done, it was as before. 'conflict': somebody changed it since, and it was left alone. */
  readonly result: 'undone' | 'same' | 'conflict' | 'failed';
  readonly say: string;
}

export interface UndoOptions {
  /** Also overwrite what somebody changed since. */
  readonly force?: boolean;
  readonly signal?: AbortSignal;
  readonly onUndone?: (undone: Undone) => void;
}

/**
 * Takes a run back for one user of a host, newest step first, past failures; restarts what has to be restarted. Safe to
 * repeat. @throws UnreachableError, RollbackFailedError when the undo cannot even start
 */
export async function undoRun(session: Session, place: RunPlace, options: UndoOptions): Promise<readonly Undone[]> {
  const undone: Undone[] = [];
  const stray = new BoundedText();
  const { exitCode } = await session.run(undoScript(place, session.nonce, options.force ?? false), {
    ...(options.signal && { signal: options.signal }),
    onData: (_stream, data) => stray.push(data),
    onFrame: (_stream, frame) => {
      const match = /^U (\S+) (\S+) ([^]*)$/.exec(frame);
      if (!match) return;
      const [, step = '', code = '', say = ''] = match;
      // A frame ends with a semicolon, so the host sends another character for those in a text.
      const item: Undone = { step, result: resultOf(code), say: sanitise(say.replaceAll('\u0001', ';')) };
      undone.push(item);
      options.onUndone?.(item);
    },
  });
  if (exitCode !== 0 && exitCode !== 6) {
    const said = sanitise(stray.toString()).trim().slice(-300);
    throw new RollbackFailedError(
      `the undo on the host ended with exit code ${exitCode}${said === '' ? '' : `: ${said}`}`,
    );
  }
  return undone;
}

function resultOf(code: string): Undone['result'] {
  if (code === '0') return 'undone';
  if (code === 'same') return 'same';
  return code === '3' ? 'conflict' : 'failed';
}
