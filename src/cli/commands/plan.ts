import { Command, Option } from 'commander';

import type { Cli } from '../cli.ts';
import { addConnectionOptions, addInventoryOptions, addSelectionOptions, addVerboseOption } from '../options.ts';
import type { RunOptions } from '../playbook-run.ts';

/** `k3sbox plan PLAYBOOK...`: shows what would change on each host, and changes nothing. */
export function planCommand(cli: Cli): Command {
  const plan = new Command('plan')
    .description('show what playbooks would change, as diffs, and change nothing')
    .argument('<playbook...>', 'files, one after another')
    .addOption(
      new Option('--output <format>', 'how to show it').choices(['auto', 'tree', 'plain', 'json']).default('auto'),
    )
    .option('--detailed-exit-code', 'end with 1 when there are changes');
  addVerboseOption(addConnectionOptions(addSelectionOptions(addInventoryOptions(plan))));
  return plan.action(
    async (playbooks: readonly string[], options: RunOptions & { readonly detailedExitCode?: boolean }) => {
      const [{ runPlaybooks }, { planReporters }] = await Promise.all([
        import('../playbook-run.ts'),
        import('../reporters.ts'),
      ]);
      let changes = 0;
      const exitCode = await runPlaybooks(cli, {
        mode: 'plan',
        playbooks,
        options,
        reporters: planReporters(cli, options),
        onEvent(event) {
          // What is not known may be a change.
          if (event.type === 'task-planned' && (event.action === 'change' || event.action === 'unknown')) changes++;
        },
      });
      cli.exitCode = exitCode === 0 && options.detailedExitCode === true && changes > 0 ? 1 : exitCode;
    },
  );
}
