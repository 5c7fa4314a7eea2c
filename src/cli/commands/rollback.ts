import { Command } from 'commander';

import { type Cli, collect } from '../cli.ts';
import { addConnectionOptions, addInventoryOptions, addLimitOption, addOutputOptions } from '../options.ts';
import type { RollbackOptions } from '../rollback.ts';

/** `k3sbox rollback [RUN]`: takes a run back, any time later. */
export function rollbackCommand(cli: Cli): Command {
  const rollback = new Command('rollback')
    .description('take a run back; what somebody changed since is left alone')
    .argument('[run]', 'its id; the last one when nothing is said')
    .option('--last', 'the last one')
    .option('--check', 'only say what would be taken back, and what somebody has changed since')
    .option('--task <name>', 'only what this task did, by its name or id (repeatable)', collect)
    .option('--force', 'take back even what was changed since, whatever speaks against it');
  addOutputOptions(addConnectionOptions(addLimitOption(addInventoryOptions(rollback))));
  return rollback.action(async (id: string | undefined, options: RollbackOptions) => {
    const { rollBack } = await import('../rollback.ts');
    cli.exitCode = await rollBack(cli, id ?? 'last', options);
  });
}
