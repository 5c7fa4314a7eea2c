import type { Emit } from '../base/event.ts';
import { RollbackFailedError, toK3sboxError } from '../base/errors.ts';
import { quote } from '../base/sh.ts';
import type { Host, RunAs } from '../host/host.ts';
import { errorData } from './error-data.ts';

/** Where a host's run left undo logs: on itself, or on a host that its tasks were delegated to. */
export interface UndoPlace {
  readonly host: Host;
  readonly as: RunAs;
  /** The run's name on that host; delegated steps have one of their own. */
  readonly run: string;
}

export interface RollBackOptions {
  readonly emit: Emit;
  /** How many steps may have to be taken back. */
  readonly steps: number;
  readonly force?: boolean;
  readonly signal: AbortSignal;
}

const delegation = /\.for-.*$/;

/** The run's name in a host's log; the steps of `origin` have one of their own on another host. */
export function runNameOn(run: string, origin: string, host: string): string {
  return host === origin ? run : `${run}.for-${origin.replaceAll(/[^\w.-]/g, '_')}`;
}

/**
 * Takes back what a run did for one host: the newest place first, past failures. A lost connection is made again.
 * @returns how many steps were taken back, and how many could not be
 */
export async function rollBack(
  origin: string,
  places: readonly UndoPlace[],
  { emit, steps, force, signal }: RollBackOptions,
): Promise<{ readonly undone: number; readonly failed: number }> {
  emit({ type: 'rollback-started', host: origin, steps });
  let undone = 0;
  let failed = 0;
  for (const place of places.toReversed()) {
    const { host, as, run } = place;
    try {
      await host.undo(run, as, {
        signal,
        force: force ?? false,
        onUndone: ({ step, result, say }) => {
          if (result === 'undone') undone++;
          if (result === 'undone' || result === 'same') {
            emit({ type: 'undo-done', host: origin, step, say: result === 'same' ? `${say}: was as before` : say });
            return;
          }
          failed++;
          const error = new RollbackFailedError(say, { hint: undoHint(origin, place, result) });
          emit({ type: 'undo-done', host: origin, step, say, error: errorData(error) });
        },
      });
    } catch (thrown) {
      failed++;
      const { message } = toK3sboxError(thrown);
      const error = new RollbackFailedError(message, { cause: thrown, hint: undoHint(origin, place, 'failed') });
      emit({
        type: 'undo-done',
        host: origin,
        step: '',
        say: `take back what was done on ${host.name}`,
        error: errorData(error),
      });
    }
  }
  emit({ type: 'rollback-ended', host: origin, undone, failed });
  return { undone, failed };
}

function undoHint(origin: string, { host, as, run }: UndoPlace, result: string): string {
  const again = `k3sbox rollback ${run.replace(delegation, '')} --limit ${origin}`;
  if (result === 'conflict') return `Compare, then overwrite it with \`${again} --force\`.`;
  const { stateFolder, user = 'root' } = host.connection;
  const own = (as?.user ?? user) === 'root' ? '/var/lib/k3sbox' : '~/.local/state/k3sbox';
  const undo = stateFolder === undefined ? `${own}/runs/${run}/undo` : quote(`${stateFolder}/runs/${run}/undo`);
  return `Try again with \`${again}\`, or on ${host.name}: sh ${undo}`;
}
