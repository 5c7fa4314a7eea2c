import { homedir } from 'node:os';
import { resolve } from 'node:path';

import type { Connection } from '../base/connection.ts';
import type { Secret } from '../base/secret.ts';
import type { Io } from './io.ts';
import type { ConnectionOptions } from './options.ts';
import { askSecret } from './prompt.ts';

/** What the command line says about logging in, passwords asked for. */
export interface ConnectionFlags extends Omit<ConnectionOptions, 'forks'> {
  readonly password?: Secret;
  readonly becomePassword?: Secret;
}

/** Asks for the passwords that `-k` and `-K` want. @throws UsageError without a terminal */
export async function readConnectionFlags(io: Io, options: Omit<ConnectionOptions, 'forks'>): Promise<ConnectionFlags> {
  const password =
    options.askPass === true ? await askSecret(io, 'login password', instead('ansible_password')) : undefined;
  const becomePassword =
    options.askBecomePass === true
      ? await askSecret(io, 'sudo password', instead('ansible_become_password'))
      : undefined;
  return { ...options, ...(password && { password }), ...(becomePassword && { becomePassword }) };
}

function instead(variable: string): string {
  return `Give it as \`${variable}\` in the inventory, which can read the environment: {{env "NAME"}}.`;
}

/** The connection as the command line wants it: its flags win over the inventory. */
export function withFlags(connection: Connection, flags: ConnectionFlags, cwd: string): Connection {
  const { user, privateKey, password, hostKeyPolicy, become, becomeUser, becomePassword } = flags;
  const isBecome = become === true || becomeUser !== undefined;
  return {
    ...connection,
    ...(user !== undefined && { user }),
    ...(privateKey !== undefined && { privateKeyFile: resolve(cwd, expandHome(privateKey)) }),
    ...(password && { password }),
    ...(hostKeyPolicy !== undefined && { hostKeyPolicy }),
    become: {
      ...connection.become,
      ...(isBecome && { enabled: true }),
      ...(becomeUser !== undefined && { user: becomeUser }),
      ...(becomePassword && { password: becomePassword }),
    },
  };
}

function expandHome(path: string): string {
  return path === '~' || path.startsWith('~/') ? `${homedir()}${path.slice(1)}` : path;
}
