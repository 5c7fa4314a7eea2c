import type { Value, Values } from '../base/value.ts';
import { mappingOf } from '../template/helper.ts';
import { hostsOf, withDescendants } from './inventory.ts';
import type { Inventory } from './inventory.ts';
import type { InventoryVariables } from './inventory-variables.ts';

/** The inventory as `ansible-inventory --list` prints it, names sorted; print it with an indent of 4 to have the same text. */
export function listInventory(inventory: Inventory, variables: InventoryVariables): Values {
  const hostvars = hostsOf(inventory, 'all').map((host): [string, Values] => [host, hostValues(variables, host)]);
  const groups = withDescendants(inventory, 'all').flatMap((name) => groupEntry(inventory, name));
  return sorted([
    ['_meta', { hostvars: sorted(hostvars.filter(([, vars]) => Object.keys(vars).length > 0)) }],
    ...groups,
  ]);
}

/** A host's variables as `ansible-inventory --host` prints them: templates unrendered. */
export function hostValues(variables: InventoryVariables, host: string): Values {
  const entries = variables
    .layersOf(host)
    .flatMap((layer) => Array.from(layer.names(), (name): [string, Value] => [name, layer.get(name)?.value ?? null]));
  return sorted(new Map(entries));
}

/** The tree of groups and hosts as `ansible-inventory --graph` prints it. */
export function graphInventory(inventory: Inventory, group = 'all'): string {
  return [`@${group}:`, ...branches(inventory, group, 1)].join('\n');
}

function branches(inventory: Inventory, name: string, depth: number): readonly string[] {
  const group = inventory.groups.get(name);
  const lines: string[] = [];
  const add = (text: string) => lines.push(`${'  |'.repeat(depth)}--${text}`);
  for (const child of group?.children ?? []) {
    add(`@${child}:`);
    lines.push(...branches(inventory, child, depth + 1));
  }
  if (name !== 'all') for (const host of group?.hosts ?? []) add(host);
  return lines;
}

/** Nothing for a group without hosts and children. */
function groupEntry({ groups }: Inventory, name: string): readonly [string, Values][] {
  const group = groups.get(name);
  const hosts = name === 'all' ? [] : (group?.hosts ?? []);
  const children = (group?.children ?? []).filter(
    (child) => child !== 'ungrouped' || (groups.get(child)?.hosts.length ?? 0) > 0,
  );
  if (hosts.length + children.length === 0) return [];
  return [[name, { ...(children.length > 0 && { children }), ...(hosts.length > 0 && { hosts }) }]];
}

function sorted(entries: Iterable<readonly [string, Value]>): Values {
  return mappingOf([...entries].toSorted(([a], [b]) => Number(a > b) - Number(a < b)));
}
