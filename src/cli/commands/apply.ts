import { Command } from 'commander';

import type { ApplyOptions } from '../apply.ts';
import { type Cli, collect } from '../cli.ts';
import { addConnectionOptions, addOutputOptions } from '../options.ts';

/** `k3sbox apply FILE`: carries a saved plan out, or says why not. */
export function applyCommand(cli: Cli): Command {
  const apply = new Command('apply')
    .description('carry out a plan that `plan -o` has saved; a host that has changed since is left alone')
    .argument('<file>', 'the plan')
    .option('--skip-drifted', 'leave out hosts that are not as planned, and go on with the others')
    .option('--check', 'only look whether the plan still holds')
    .option(
      '-e, --extra-vars <key=value|@file>',
      'a secret variable the plan was made with: no plan holds them (repeatable)',
      collect,
    )
    .option('--no-rollback', 'leave a failed host as it is');
  addOutputOptions(addConnectionOptions(apply));
  return apply.action(async (file: string, options: ApplyOptions) => {
    const { applyPlan } = await import('../apply.ts');
    cli.exitCode = await applyPlan(cli, file, options);
  });
}
