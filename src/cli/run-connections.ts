import type { Connection } from '../base/connection.ts';
import { type Diagnostic, formatSpan } from '../base/diagnostic.ts';
import { ConfigError } from '../base/errors.ts';
import type { Redactor } from '../base/redactor.ts';
import { readConnection } from '../inventory/connection.ts';
import { localNames } from '../inventory/patterns.ts';
import type { RecordedConnection } from '../journal/run-record.ts';
import type { LoadedRun } from '../plan/load.ts';
import type { Play } from '../playbook/playbook.ts';
import { finalLayer } from '../template/layer.ts';
import { renderText } from '../template/render.ts';
import type { VariableScope } from '../template/variable-scope.ts';
import { type ConnectionFlags, withFlags } from './connection-flags.ts';
import { hideConnection, hideVariables } from './known-secrets.ts';

/** How the hosts of a run are reached. A host has one connection for the whole run: that of the first play that names it. */
export interface RunConnections {
  /** @throws ConfigError for a host that nobody knows */
  of(host: string, play: Play): Connection;
  /** Variables that are not followed, each once. */
  readonly warnings: readonly Diagnostic[];
  /** Those of all hosts of the plays, as they may be stored. */
  recorded(): Readonly<Record<string, RecordedConnection>>;
}

/** Reads the connections of all hosts, so that a wrong one is found before a host is touched. @throws ConfigError */
export function readRunConnections(
  { plays, inventory }: LoadedRun,
  flags: ConnectionFlags,
  redactor: Redactor,
  cwd: string,
): RunConnections {
  const known = new Map<string, Connection>();
  const warnings = new Map<string, Diagnostic>();
  const read = (host: string, play: Play): Connection => {
    const scope = scopeOf(host, play);
    const { connection, warnings: found } = readConnection(
      host,
      inventory.hosts.has(host) ? scope : localByDefault(host, scope),
    );
    for (const one of found) warnings.set(`${formatSpan(one.span)} ${one.message}`, one);
    const made = withFlags({ ...remoteUser(play, scope), ...connection }, flags, cwd);
    hideConnection(redactor, made);
    hideVariables(redactor, scope);
    known.set(host, made);
    return made;
  };
  const scopeOf = (host: string, play: Play): VariableScope => {
    const loaded = plays.find((each) => each.play === play);
    const isKnown = inventory.hosts.has(host) || host === 'localhost';
    if (loaded === undefined || !isKnown) throw ConfigError.at(play.span, `the inventory has no host \`${host}\``);
    return loaded.scopeFor(host, [host]).scope();
  };
  for (const { play, hosts } of plays) for (const host of hosts) if (!known.has(host)) read(host, play);
  return {
    of: (host, play) => known.get(host) ?? read(host, play),
    warnings: [...warnings.values()],
    recorded: () => Object.fromEntries([...known].map(([host, connection]) => [host, recorded(connection)])),
  };
}

/** Without what must not be stored. */
function recorded({ password: _p, privateKeyPassphrase: _k, become, ...connection }: Connection): RecordedConnection {
  const { password: _b, ...rest } = become;
  return { ...connection, become: rest };
}

/** The controller needs no connection to itself, unless somebody says otherwise. */
function localByDefault(host: string, scope: VariableScope): VariableScope {
  const isSaid = scope.get('ansible_connection') !== undefined;
  return isSaid || !localNames.has(host)
    ? scope
    : scope.child(finalLayer('this machine', { ansible_connection: 'local' }));
}

/** `remote_user` of the play; `ansible_user` wins over it. */
function remoteUser({ remoteUser: user }: Play, scope: VariableScope): Pick<Connection, 'user'> {
  return user === undefined ? {} : { user: renderText(user.value, scope, user.span) };
}
