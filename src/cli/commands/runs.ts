import { Command, Option } from 'commander';

import { type Cli, wholeNumber } from '../cli.ts';
import type { ListOptions } from '../list-runs.ts';
import type { PruneOptions } from '../ad-hoc-runs.ts';
import { addConnectionOptions, addInventoryOptions, addVerboseOption, type ReplayOptions } from '../options.ts';

/** `k3sbox runs`: what happened before, from the journals below the working folder. */
export function runsCommand(cli: Cli): Command {
  const runs = new Command('runs').description('list, show and remove recorded runs');
  runs
    .command('list')
    .description('list the runs of this folder, the newest first')
    .option('--failed', 'only those that went wrong or were stopped in the middle')
    .option('-n, --number <n>', 'only the newest so many', wholeNumber(1))
    .addOption(new Option('--output <format>', 'how to show them').choices(['plain', 'json']).default('plain'))
    .action(async (options: ListOptions) => {
      const { listRecordedRuns } = await import('../list-runs.ts');
      listRecordedRuns(cli, options);
    });
  const show = runs
    .command('show')
    .description('show a run again, and what still stands on its hosts')
    .argument('[run]', 'its id; the last one when nothing is said')
    .option('--last', 'the last one')
    .addOption(
      new Option('--output <format>', 'how to show it').choices(['plain', 'json', 'junit', 'html']).default('plain'),
    )
    .option('--diff', 'show what changed in files');
  addVerboseOption(show).action(async (id: string | undefined, options: ReplayOptions) => {
    const { showRecordedRun } = await import('../recorded-runs.ts');
    cli.verbosity = options.verbose;
    await showRecordedRun(cli, id ?? 'last', options);
  });
  const prune = runs
    .command('prune')
    .description('remove old runs here and, with an inventory, what they left on hosts; those not at their end stay')
    .argument('[pattern]', 'on which hosts', 'all')
    .option('--keep <n>', 'how many to keep', wholeNumber(0), 20)
    .option('--force', 'on hosts, also remove what could still take back a run that was cut off')
    .addOption(
      new Option('--output <format>', 'how to show what hosts did').choices(['plain', 'json']).default('plain'),
    );
  addConnectionOptions(addInventoryOptions(prune)).action(async (pattern: string, options: PruneOptions) => {
    const { pruneRecordedRuns } = await import('../recorded-runs.ts');
    pruneRecordedRuns(cli, options.keep);
    if (options.inventory === undefined) return;
    const { pruneHosts } = await import('../ad-hoc-runs.ts');
    cli.exitCode = await pruneHosts(cli, pattern, options);
  });
  return runs;
}
