import { Command, Option } from 'commander';

import { type Cli, wholeNumber } from '../cli.ts';
import { addVerboseOption, type ReplayOptions } from '../options.ts';

/** `k3sbox runs`: what happened before, from the journals below the working folder. */
export function runsCommand(cli: Cli): Command {
  const runs = new Command('runs').description('list, show and remove recorded runs');
  runs
    .command('list')
    .description('list the runs of this folder, the newest first')
    .action(async () => {
      const { listRecordedRuns } = await import('../recorded-runs.ts');
      listRecordedRuns(cli);
    });
  const show = runs
    .command('show')
    .description('show a run again, and what still stands on its hosts')
    .argument('[run]', 'its id; the last one when nothing is said')
    .option('--last', 'the last one')
    .addOption(new Option('--output <format>', 'how to show it').choices(['plain', 'json', 'junit']).default('plain'))
    .option('--diff', 'show what changed in files');
  addVerboseOption(show).action(async (id: string | undefined, options: ReplayOptions) => {
    const { showRecordedRun } = await import('../recorded-runs.ts');
    cli.verbosity = options.verbose;
    await showRecordedRun(cli, id ?? 'last', options);
  });
  runs
    .command('prune')
    .description('remove old runs; those that did not come to their end stay')
    .option('--keep <n>', 'how many to keep', wholeNumber(0), 20)
    .action(async ({ keep }: { readonly keep: number }) => {
      const { pruneRecordedRuns } = await import('../recorded-runs.ts');
      pruneRecordedRuns(cli, keep);
    });
  return runs;
}
