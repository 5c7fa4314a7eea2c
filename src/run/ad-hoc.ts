import pLimit from 'p-limit';

import type { Connection } from '../base/connection.ts';
import { toK3sboxError, type K3sboxError } from '../base/errors.ts';
import { sh } from '../base/sh.ts';
import type { Values } from '../base/value.ts';
import type { ProbeResult } from '../host/query.ts';
import { Host, type RunAs } from '../host/host.ts';
import type { Connect } from '../host/line.ts';
import type { Pruned } from '../host/prune.ts';

export interface AdHocRequest {
  readonly connections: readonly Connection[];
  readonly connect: Connect;
  readonly forks: number;
  readonly signal: AbortSignal;
}

/** What one host answered, or why it did not. */
export type AdHocResult<T> = { readonly host: string; readonly elapsedMs: number } & (
  | { readonly value: T }
  | { readonly error: K3sboxError }
);

/** Does something on every host, `forks` at a time; `onResult` hears of each as soon as it is through. */
export async function onEachHost<T>(
  request: AdHocRequest,
  act: (host: Host, as: RunAs) => Promise<T>,
  onResult: (result: AdHocResult<T>) => void,
): Promise<readonly AdHocResult<T>[]> {
  const limit = pLimit(request.forks);
  return Promise.all(
    request.connections.map((connection) =>
      limit(async () => {
        const result = await onHost(connection, request, act);
        onResult(result);
        return result;
      }),
    ),
  );
}

/** Runs a shell command as it is. It is not journalled, and nothing takes it back. */
export async function runCommand(host: Host, as: RunAs, command: string, timeoutMs: number): Promise<ProbeResult> {
  const [answer] = await host.read([{ kind: 'probe', command: sh.raw(command), timeoutMs, unguarded: true }], as);
  if (answer?.kind !== 'probe') throw new Error('a command was not answered');
  return answer.result;
}

export async function readFacts(host: Host, as: RunAs): Promise<Values> {
  const [answer] = await host.read([{ kind: 'facts' }], as);
  if (answer?.kind !== 'facts') throw new Error('facts were not answered');
  return answer.facts;
}

/** Opens a session and says who it runs as. */
export function pingHost(host: Host, as: RunAs): Promise<{ readonly uid: number; readonly user: string }> {
  return host.open(as);
}

/** Removes old runs' logs of the login user and, if it is another, of the one that tasks become. */
export async function pruneHost(host: Host, as: RunAs, keep: number, force: boolean): Promise<Pruned> {
  const users = as === undefined ? [undefined] : [undefined, as];
  const pruned: Pruned[] = [];
  for (const user of users) pruned.push(await host.prune(user, keep, force));
  return { removed: pruned.flatMap(({ removed }) => removed), kept: pruned.flatMap(({ kept }) => kept) };
}

async function onHost<T>(
  connection: Connection,
  { connect, signal }: AdHocRequest,
  act: (host: Host, as: RunAs) => Promise<T>,
): Promise<AdHocResult<T>> {
  const begun = performance.now();
  const host = new Host(connection, connect, signal);
  const { enabled, user, exe, password } = connection.become;
  const as: RunAs = enabled ? { user, exe, ...(password !== undefined && { password }) } : undefined;
  const done = () => ({ host: connection.host, elapsedMs: performance.now() - begun });
  try {
    const value = await act(host, as);
    return { ...done(), value };
  } catch (thrown) {
    return { ...done(), error: toK3sboxError(thrown) };
  } finally {
    await host.close();
  }
}
