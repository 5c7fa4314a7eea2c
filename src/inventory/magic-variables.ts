import type { Values } from '../base/value.ts';
import { mappingOf } from '../template/helper.ts';
import { groupsOf, hostsOf } from './inventory.ts';
import type { Inventory } from './inventory.ts';

/** The magic variable `groups`: every group with the names of all its hosts, also those of the groups below it. */
export function groupHosts(inventory: Inventory): Values {
  return mappingOf([...inventory.groups.keys()].map((name) => [name, hostsOf(inventory, name)]));
}

/** The magic variable `group_names`: the groups of a host, sorted, without `all`. */
export function groupNames(inventory: Inventory, host: string): readonly string[] {
  return groupsOf(inventory, host)
    .map(({ name }) => name)
    .toSorted();
}
