import { userInfo } from 'node:os';

import type { Connection } from '../base/connection.ts';
import type { Host, RunAs } from '../host/host.ts';
import type { Task } from '../playbook/playbook.ts';
import type { Scope } from '../template/scope.ts';
import { flagOf, textOf } from './keyword-values.ts';

/** The user that a task becomes on a host; undefined when it stays the login user. */
export function runAsOf(task: Pick<Task, 'become'>, scope: Scope, { connection }: Host): RunAs {
  const { become, becomeUser } = task.become;
  if (!flagOf(become, scope, connection.become.enabled)) return undefined;
  const { exe, password } = connection.become;
  const user = becomeUser === undefined ? connection.become.user : textOf(becomeUser, scope);
  if (user === loginUser(connection)) return undefined;
  return { exe, user, ...(password !== undefined && { password }) };
}

/** The user that a journal names; undefined: the login user. */
export function runAsUser(user: string | undefined, { connection }: Host): RunAs {
  if (user === undefined) return undefined;
  const { exe, password } = connection.become;
  return { exe, user, ...(password !== undefined && { password }) };
}

/** The name of the user, as the owner of what it makes. */
export function userName(as: RunAs, { connection }: Host): string {
  return as?.user ?? loginUser(connection) ?? 'root';
}

/** Who we are on a host without becoming anybody; undefined when ~/.ssh/config may say. */
function loginUser({ user, transport }: Connection): string | undefined {
  return user ?? (transport === 'local' ? userInfo().username : undefined);
}
