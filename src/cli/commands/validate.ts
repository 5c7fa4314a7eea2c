import { Command } from 'commander';

import { type Cli, printLine } from '../cli.ts';
import { addInventoryOptions } from '../options.ts';
import type { InventoryOptions } from '../options.ts';

/** `k3sbox validate PLAYBOOK...`: everything that can be wrong before a host is reached. */
export function validateCommand(cli: Cli): Command {
  const validate = new Command('validate')
    .description('check playbooks, and with -i for the hosts of an inventory, without reaching a host')
    .argument('<playbook...>', 'files');
  return addInventoryOptions(validate).action(async (playbooks: readonly string[], options: InventoryOptions) => {
    const { validatePlaybooks } = await import('../validate-playbooks.ts');
    await validatePlaybooks(cli, playbooks, options);
    printLine(cli, playbooks.length === 1 ? `${playbooks[0]} is valid` : `${playbooks.length} playbooks are valid`);
  });
}
