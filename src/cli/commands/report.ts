import { Command } from 'commander';

import type { Cli } from '../cli.ts';

/** `k3sbox report`: a recorded run as a page. */
export function reportCommand(cli: Cli): Command {
  return new Command('report')
    .description('write a page about a recorded run, with JSON and JUnit XML beside it')
    .argument('[run]', 'its id; the last one when nothing is said')
    .option('--last', 'the last one')
    .option('-o, --output <file>', 'where to; `-` prints the page alone; else a file in the folder of the run')
    .action(async (id: string | undefined, { output }: { readonly output?: string }) => {
      const { reportRun } = await import('../report-run.ts');
      await reportRun(cli, id ?? 'last', output);
    });
}
