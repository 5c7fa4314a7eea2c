import { Command, Option } from 'commander';

import type { Cli } from '../cli.ts';
import { addConnectionOptions, addInventoryOptions, addSelectionOptions, addVerboseOption } from '../options.ts';
import type { PlanOptions } from '../plan.ts';

/** `k3sbox plan PLAYBOOK...`: shows what would change on each host, and changes nothing. */
export function planCommand(cli: Cli): Command {
  const plan = new Command('plan')
    .description('show what playbooks would change, as diffs, and change nothing')
    .argument('<playbook...>', 'files, one after another')
    .addOption(
      new Option('--output <format>', 'how to show it').choices(['auto', 'tree', 'plain', 'json']).default('auto'),
    )
    .option('-o, --out <file>', 'save the plan, for `k3sbox apply`')
    .option('--offline', 'ask no host: plan from playbooks, inventory, variables and templates alone')
    .option('--detailed-exit-code', 'end with 1 when there are changes');
  addVerboseOption(addConnectionOptions(addSelectionOptions(addInventoryOptions(plan))));
  return plan.action(async (playbooks: readonly string[], options: PlanOptions) => {
    const { planPlaybooks } = await import('../plan.ts');
    cli.exitCode = await planPlaybooks(cli, playbooks, options);
  });
}
