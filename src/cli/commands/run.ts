import { Command } from 'commander';

import type { Cli } from '../cli.ts';
import { addConnectionOptions, addInventoryOptions, addOutputOptions, addSelectionOptions } from '../options.ts';
import type { RunOptions } from '../playbook-run.ts';

/** `k3sbox run PLAYBOOK...`: does it. */
export function runCommand(cli: Cli): Command {
  const run = new Command('run')
    .description('run playbooks; a host on which a task fails is taken back')
    .argument('<playbook...>', 'files, one after another')
    .option('--check', 'change nothing; report as if it had been done')
    .option('--step', 'ask before each task')
    .option('-y, --yes', 'ask nothing: every answer is yes')
    .option('--no-rollback', 'leave a failed host as it is');
  addOutputOptions(addConnectionOptions(addSelectionOptions(addInventoryOptions(run))));
  return run.action(async (playbooks: readonly string[], options: RunOptions & { readonly check?: boolean }) => {
    const [{ runPlaybooks }, { runReporters }] = await Promise.all([
      import('../playbook-run.ts'),
      import('../reporters.ts'),
    ]);
    // Questions and a live view do not go together.
    const output = options.step === true && options.output === 'auto' ? 'plain' : options.output;
    const reporters = runReporters(cli, { ...options, output });
    cli.exitCode = await runPlaybooks(cli, {
      mode: options.check === true ? 'check' : 'run',
      playbooks,
      options,
      reporters,
    });
  });
}
