import { Command } from 'commander';

import type { Cli } from '../cli.ts';
import { addConnectionOptions, addInventoryOptions, addLimitOption, addOutputOptions } from '../options.ts';
import type { ResumeOptions } from '../resume.ts';

/** `k3sbox resume [RUN]`: goes on with a run that was cut off, or has failed. */
export function resumeCommand(cli: Cli): Command {
  const resume = new Command('resume')
    .description('go on with a run that was cut off or has failed; what was done is not done again')
    .argument('[run]', 'its id; the last one when nothing is said')
    .option('--last', 'the last one')
    .option('--rerun', 'run commands again that were cut off in the middle and cannot be taken back')
    .option('--no-rollback', 'leave a failed host as it is');
  addOutputOptions(addConnectionOptions(addLimitOption(addInventoryOptions(resume))));
  return resume.action(async (id: string | undefined, { forks, ...options }: ResumeOptions, command: Command) => {
    const { resume: goOn } = await import('../resume.ts');
    // Its default must not win over what the run was given.
    const given = command.getOptionValueSource('forks') === 'default' ? undefined : forks;
    cli.exitCode = await goOn(cli, id ?? 'last', { ...options, ...(given !== undefined && { forks: given }) });
  });
}
