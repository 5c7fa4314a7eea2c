import { RollbackFailedError } from '../base/errors.ts';
import { sanitise } from '../base/text.ts';
import { BoundedText } from './bounded-text.ts';
import { undoScript, type RunPlace, type UndoChoice } from './run-folder.ts';
import type { Session } from './session.ts';

/** One step taken back, or not. */
export interface Undone {
  /** "0003.1". */
  readonly step: string;
  readonly result: UndoResult;
  /** What was taken back; why not, for the results that are failures. */
  readonly say: string;
  /** The later step that stands on it, when it is `blocked`. */
  readonly blockedBy?: string;
  /** For a path in `conflict`: how we left it and how it is now. */
  readonly conflict?: PathConflict;
}

/**
 * - `same`: nothing had to be done, it was as before;
 * - `planned`: it would be taken back (only looked);
 * - `left`: what has to be done once more (a restart) is of a task that is not taken back;
 * - `conflict`: somebody changed it since, and it was left alone;
 * - `blocked`: a later step stands on it that is not taken back: nothing was done here;
 * - `refused`: its guard does not hold: nothing was done here;
 * - `missing`: there is no undo log of this run here: it never came to act, or its folder is gone. No step.
 */
export type UndoResult =
  | 'undone'
  | 'same'
  | 'planned'
  | 'left'
  | 'conflict'
  | 'blocked'
  | 'refused'
  | 'missing'
  | 'failed';

/** A path as the host prints it (`k_look` in act-library.ts): its state, checksum and target. Empty: not there. */
export interface PathConflict {
  readonly left: string;
  readonly now: string;
  /** Of a regular file of at most 64 KiB. */
  readonly content: Buffer | undefined;
}

export interface UndoOptions extends UndoChoice {
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
  let conflict: PathConflict | undefined;
  const { exitCode } = await session.run(undoScript(place, session.nonce, options), {
    ...(options.signal && { signal: options.signal }),
    onData: (_stream, data) => stray.push(data),
    onFrame: (_stream, frame) => {
      conflict = readConflict(frame) ?? conflict;
      const item = readUndone(frame, conflict);
      if (item === undefined) return;
      conflict = undefined;
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

/** `U step code text`. */
export function readUndone(frame: string, conflict: PathConflict | undefined): Undone | undefined {
  const match = /^U (\S+) (\S+) ([^]*)$/.exec(frame);
  if (!match) return undefined;
  const [, id = '', code = '', say = ''] = match;
  const [word = '', blockedBy] = code.split(':');
  return {
    // One path of a command that saves several has a third number.
    step: id.split('.').slice(0, 2).join('.'),
    result: results[word] ?? 'failed',
    // A frame ends with a semicolon, so the host sends another character for those in a text.
    say: sanitise(say.replaceAll('\u0001', ';')).trim(),
    ...(blockedBy !== undefined && { blockedBy: blockedBy.split('.').slice(0, 2).join('.') }),
    ...(conflict !== undefined && { conflict }),
  };
}

/** `C step -left -now -content`, each in base64; it stands before the frame of its step. */
function readConflict(frame: string): PathConflict | undefined {
  const match = /^C \S+ -(\S*) -(\S*) -(\S*)$/.exec(frame);
  if (!match) return undefined;
  const [left, now, content] = match.slice(1).map((text) => Buffer.from(text, 'base64'));
  return {
    left: left?.toString() ?? '',
    now: now?.toString() ?? '',
    content: content === undefined || content.length === 0 ? undefined : content,
  };
}

const results: Readonly<Record<string, UndoResult>> = {
  '0': 'undone',
  conflict: 'conflict',
  same: 'same',
  would: 'planned',
  left: 'left',
  blocked: 'blocked',
  refused: 'refused',
  missing: 'missing',
};
