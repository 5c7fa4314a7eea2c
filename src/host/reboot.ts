import { setTimeout as sleep } from 'node:timers/promises';

import { TaskFailedError, UnreachableError } from '../base/errors.ts';
import type { RebootOp } from '../base/op.ts';
import type { Session } from './session.ts';

interface Connection {
  disconnect(): Promise<void>;
  reopen(): Promise<Session>;
  readonly signal: AbortSignal;
}

/** Between attempts to connect while the machine starts. */
const retryMs = 1000;

/**
 * Restarts a machine and returns when it answers with another boot id. Only an id that the host printed counts: an error
 * message taken for a new id would end the wait too early.
 */
export async function waitForReboot(session: Session, op: RebootOp, connection: Connection): Promise<void> {
  const before = await bootId(session);
  if (before === undefined) throw new TaskFailedError('the host has no boot id; its reboot could not be noticed');
  // Detached and a moment later, so that this script's own answer still comes through.
  const restart = 'if command -v systemctl >/dev/null 2>&1;then systemctl reboot;else reboot;fi';
  await session.run(`(trap '' HUP;sleep 1;${restart}) </dev/null >/dev/null 2>&1 &`);
  const deadline = performance.now() + op.timeoutMs;
  await Promise.race([
    session.gone.aborted ? undefined : gone(session),
    sleep(op.timeoutMs / 2, undefined, { ref: false }),
  ]);
  await connection.disconnect();
  while (performance.now() < deadline) {
    connection.signal.throwIfAborted();
    try {
      const now = await bootId(await connection.reopen());
      if (now !== undefined && now !== before) return;
    } catch (error) {
      if (!(error instanceof UnreachableError)) throw error;
    }
    await connection.disconnect();
    await sleep(retryMs, undefined, { signal: connection.signal });
  }
  throw new TaskFailedError(`the host did not come back from its reboot within ${Math.round(op.timeoutMs / 1000)} s`, {
    hint: 'Look at its console. Nothing that was done before is taken back by a reboot.',
  });
}

function gone(session: Session): Promise<void> {
  return new Promise((resolve) => {
    session.gone.addEventListener('abort', () => resolve(), { once: true });
  });
}

async function bootId(session: Session): Promise<string | undefined> {
  let text = '';
  const { exitCode } = await session.run('cat /proc/sys/kernel/random/boot_id', {
    onData: (stream, data) => {
      if (stream === 'stdout') text += data.toString();
    },
  });
  const id = text.trim();
  return exitCode === 0 && /^[0-9a-f-]{36}$/.test(id) ? id : undefined;
}
