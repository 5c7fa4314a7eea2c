import { Command, Option } from 'commander';

import type { Cli } from '../cli.ts';
import type { DoctorOptions } from '../doctor.ts';
import { addConnectionOptions, addInventoryOptions } from '../options.ts';

/** `k3sbox doctor`: is Sysbox on this K3s fleet well? Only looks. */
export function doctorCommand(cli: Cli): Command {
  const doctor = new Command('doctor')
    .description(
      'look at every node and the cluster for what is wrong with K3s and Sysbox; end with 1 for warnings and 2 for failures',
    )
    .argument('[pattern]', 'which hosts', 'all')
    .addOption(new Option('--output <format>', 'how to show it').choices(['plain', 'json']).default('plain'));
  return addConnectionOptions(addInventoryOptions(doctor)).action(async (pattern: string, options: DoctorOptions) => {
    const { examine } = await import('../doctor.ts');
    cli.exitCode = await examine(cli, pattern, options);
  });
}
