import { Command, Option } from 'commander';

import type { Cli } from '../cli.ts';
import type { DriftOptions } from '../drift.ts';
import { addConnectionOptions, addInventoryOptions, addSelectionOptions, addVerboseOption } from '../options.ts';

/** `k3sbox drift PLAYBOOK...`: a plan for timers and CI, which says nothing when all is as wanted. */
export function driftCommand(cli: Cli): Command {
  const drift = new Command('drift')
    .description('show where hosts are not as playbooks want them; end with 1 then, and print nothing when all is well')
    .argument('<playbook...>', 'files, one after another')
    .addOption(new Option('--output <format>', 'how to show it').choices(['plain', 'json', 'junit']).default('plain'));
  addVerboseOption(addConnectionOptions(addSelectionOptions(addInventoryOptions(drift))));
  return drift.action(async (playbooks: readonly string[], options: DriftOptions) => {
    const { showDrift } = await import('../drift.ts');
    cli.exitCode = await showDrift(cli, playbooks, options);
  });
}
