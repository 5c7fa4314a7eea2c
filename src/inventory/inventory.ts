import type { Diagnostic, Span } from '../base/diagnostic.ts';
import type { Written } from '../template/value.ts';

/** Variables as written, with their places. */
export type Vars = ReadonlyMap<string, Written>;

/** Hosts and groups as the sources gave them, merged. `all` and `ungrouped` always exist. Insertion order is the sources' order. */
export interface Inventory {
  readonly hosts: ReadonlyMap<string, InventoryHost>;
  readonly groups: ReadonlyMap<string, Group>;
  /** Folders of the sources: where group_vars/ and host_vars/ are looked for. */
  readonly folders: readonly string[];
  readonly warnings: readonly Diagnostic[];
}

export interface InventoryHost {
  readonly name: string;
  /** From the host's own lines; group_vars and host_vars files come with `readInventoryVariables`. */
  readonly vars: Vars;
  /** Groups that name it directly; `ungrouped` when there is none. */
  readonly groups: readonly string[];
  readonly span: Span;
}

export interface Group {
  readonly name: string;
  /** Hosts that it names directly. */
  readonly hosts: readonly string[];
  readonly children: readonly string[];
  readonly vars: Vars;
  /** Levels below `all`, by the longest way: deeper groups win over others. */
  readonly depth: number;
  /** Breaks ties between groups of one depth; the higher one wins. `ansible_group_priority`, 1 by default. */
  readonly priority: number;
}

/**
 * The hosts of a group and of all groups below it: its own first, then those of its children, then of theirs, each level in
 * the order of the sources. Ansible's order, but for groups of the third level and deeper, where Ansible's varies.
 */
export function hostsOf(inventory: Inventory, group: string): readonly string[] {
  const hosts = new Set<string>();
  for (const name of withDescendants(inventory, group)) {
    for (const host of inventory.groups.get(name)?.hosts ?? []) hosts.add(host);
  }
  return [...hosts];
}

/** A group and everything below it, level by level. */
export function withDescendants({ groups }: Inventory, group: string): readonly string[] {
  const found = new Set([group]);
  // A set's iterator also visits what is added on the way.
  for (const name of found) for (const child of groups.get(name)?.children ?? []) found.add(child);
  return [...found];
}

/** All groups a host is in, directly or not, the weakest first: by depth, then priority, then name. Without `all`. */
export function groupsOf(inventory: Inventory, host: string): readonly Group[] {
  const found = new Set(inventory.hosts.get(host)?.groups);
  for (const name of found) {
    for (const [parent, { children }] of inventory.groups) if (children.includes(name)) found.add(parent);
  }
  return [...found]
    .filter((name) => name !== 'all')
    .flatMap((name) => inventory.groups.get(name) ?? [])
    .toSorted(
      (a, b) => a.depth - b.depth || a.priority - b.priority || Number(a.name > b.name) - Number(a.name < b.name),
    );
}
