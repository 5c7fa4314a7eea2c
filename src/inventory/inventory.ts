import type { Value } from '../base/value.ts';
import type { Span } from '../base/diagnostic.ts';

/** Hosts and groups as the sources gave them, merged. `all` and `ungrouped` always exist. Insertion order is the sources' order. */
export interface Inventory {
  readonly hosts: ReadonlyMap<string, InventoryHost>;
  readonly groups: ReadonlyMap<string, Group>;
  /** Folders of the sources: where group_vars/ and host_vars/ are looked for. */
  readonly folders: readonly string[];
}

export interface InventoryHost {
  readonly name: string;
  /** From the host's own lines; group_vars and host_vars files are merged by {@link hostVariables}. */
  readonly vars: Readonly<Record<string, Value>>;
  /** Groups that name it directly. */
  readonly groups: readonly string[];
  readonly span: Span;
}

export interface Group {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly children: readonly string[];
  readonly vars: Readonly<Record<string, Value>>;
  readonly priority: number;
}
