import { homedir, hostname, userInfo } from 'node:os';

import type { Connection } from '../base/connection.ts';
import type { Span } from '../base/diagnostic.ts';
import { UsageError } from '../base/errors.ts';
import { Redactor } from '../base/redactor.ts';
import { didYouMean } from '../base/suggest.ts';
import type { Values } from '../base/value.ts';
import type { Connect } from '../host/line.ts';
import type { LockOwner } from '../host/lock.ts';
import { readConnection } from '../inventory/connection.ts';
import type { Inventory } from '../inventory/inventory.ts';
import { type InventoryVariables, readInventoryVariables } from '../inventory/inventory-variables.ts';
import { loadInventory } from '../inventory/load-inventory.ts';
import { localNames, selectHosts } from '../inventory/patterns.ts';
import { finalLayer, type Layer, writtenLayer } from '../template/layer.ts';
import { VariableScope } from '../template/variable-scope.ts';
import { createConnect } from '../transport/connect.ts';
import { type ConnectionFlags, withFlags } from './connection-flags.ts';
import { readExtraVars } from './extra-vars.ts';
import type { Io } from './io.ts';
import { hideConnection, hideVariables } from './known-secrets.ts';
import type { InventoryOptions } from './options.ts';

/** The hosts of an inventory and how they are reached: for the commands that need no playbook. */
export interface Fleet {
  readonly inventory: Inventory;
  readonly variables: InventoryVariables;
  /** @throws ConfigError for a pattern that matches nothing */
  hosts(pattern: string): readonly string[];
  /** The host's secrets are known to the redactor from then on. @throws ConfigError */
  connectionOf(host: string): Connection;
  /** All variables of a host. */
  scopeOf(host: string): VariableScope;
  readonly redactor: Redactor;
}

/** Reads inventories and their variables. @throws ConfigError, UsageError */
export async function openFleet(
  { cwd, env }: Pick<Io, 'cwd' | 'env'>,
  { inventory: sources = [], extraVars = [] }: InventoryOptions,
  flags: ConnectionFlags = {},
): Promise<Fleet> {
  if (sources.length === 0) throw noInventory();
  const inventory = await loadInventory(sources, cwd);
  const variables = await readInventoryVariables(inventory, { cwd });
  const given = readExtraVars(extraVars, cwd);
  const redactor = new Redactor();
  const scopeOf = (host: string): VariableScope =>
    VariableScope.of(
      [...ownLayers(inventory, host), ...variables.layersOf(host), extraLayer(given)],
      (name) => env[name],
    );
  return {
    inventory,
    variables,
    redactor,
    scopeOf,
    hosts: (pattern) => selectHosts(inventory, pattern, spanOf(pattern)),
    connectionOf(host) {
      const scope = scopeOf(host);
      const connection = withFlags(readConnection(host, scope).connection, flags, cwd);
      hideConnection(redactor, connection);
      hideVariables(redactor, scope);
      return connection;
    },
  };
}

export function noInventory(): UsageError {
  return new UsageError('no inventory was given', {
    hint: 'Say where the hosts are with `-i`: a file, a folder, a name in inventories/, or `host1,host2,`.',
  });
}

/** How this process connects to hosts. */
export function connectFrom({ env }: Pick<Io, 'env'>): Connect {
  const connect = createConnect({ sshAuthSock: env['SSH_AUTH_SOCK'], home: env['HOME'] ?? homedir(), env });
  return (connection, signal) => connect(connection, { signal });
}

/** Who holds a host's lock: this process. */
export function lockOwner(run: string, pid: number, started: string): LockOwner {
  return { run, owner: `${userInfo().username}@${hostname()} (pid ${pid})`, started };
}

/** What a host has before anybody says anything about it; the controller needs no connection. */
function ownLayers({ hosts }: Inventory, host: string) {
  const isImplicit = localNames.has(host) && !hosts.has(host);
  return [
    finalLayer('the name of the host', {
      ansible_host: host,
      inventory_hostname: host,
      ...(isImplicit && { ansible_connection: 'local' }),
    }),
  ];
}

/** Texts given with `-e` may be templates. */
function extraLayer(values: Values): Layer {
  return writtenLayer('-e', new Map(Object.entries(values).map(([name, value]) => [name, { value, at: atOption }])));
}

function atOption() {
  return { file: '-e' };
}

function spanOf(pattern: string): Span {
  return { file: 'the host pattern', line: 1, column: 1, length: pattern.length };
}

/** @throws UsageError when there is no such group */
export function requireGroup({ groups }: Inventory, group: string): void {
  if (!groups.has(group)) throw notThere('group', group, groups.keys());
}

/** @throws UsageError when there is no such host */
export function requireHost({ hosts }: Inventory, host: string): void {
  if (!hosts.has(host)) throw notThere('host', host, hosts.keys());
}

function notThere(kind: string, name: string, known: Iterable<string>): UsageError {
  return new UsageError(`the inventory has no ${kind} \`${name}\``, { hint: didYouMean(name, known) });
}
