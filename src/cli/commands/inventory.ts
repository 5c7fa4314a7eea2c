import { Command } from 'commander';

import { type Cli, printLine } from '../cli.ts';
import { addInventoryOptions, type InventoryOptions } from '../options.ts';

/** `k3sbox inventory`: what an inventory says, without reaching a host. */
export function inventoryCommand(cli: Cli): Command {
  const inventory = new Command('inventory').description('look at an inventory');
  const add = (name: string, about: string): Command => addInventoryOptions(inventory.command(name).description(about));
  add('list', 'print everything as JSON, as ansible-inventory does').action(async (options: InventoryOptions) => {
    const [{ openFleet }, { listInventory }] = await load();
    const { inventory: read, variables } = await openFleet(cli.io, options);
    printLine(cli, JSON.stringify(listInventory(read, variables), undefined, 4));
  });
  add('graph', 'print groups and hosts as a tree')
    .argument('[group]', 'where to start', 'all')
    .action(async (group: string, options: InventoryOptions) => {
      const [{ openFleet, requireGroup }, { graphInventory }] = await load();
      const { inventory: read } = await openFleet(cli.io, options);
      requireGroup(read, group);
      printLine(cli, graphInventory(read, group));
    });
  add('hosts', 'print the hosts that a pattern means')
    .argument('[pattern]', 'which hosts', 'all')
    .action(async (pattern: string, options: InventoryOptions) => {
      const [{ openFleet }] = await load();
      for (const host of (await openFleet(cli.io, options)).hosts(pattern)) printLine(cli, host);
    });
  add('vars', 'print the variables of a host as JSON')
    .argument('<host>', 'its name')
    .action(async (host: string, options: InventoryOptions) => {
      const [{ openFleet, requireHost }, { hostValues }] = await load();
      const { inventory: read, variables } = await openFleet(cli.io, options);
      requireHost(read, host);
      printLine(cli, JSON.stringify(hostValues(variables, host), undefined, 4));
    });
  return inventory;
}

async function load() {
  return Promise.all([import('../fleet.ts'), import('../../inventory/list.ts')]);
}
