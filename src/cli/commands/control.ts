import { Command } from 'commander';

import type { Cli } from '../cli.ts';

/** `k3sbox pause [RUN]`: no further host begins; those in flight end what they are at. */
export function pauseCommand(cli: Cli): Command {
  return controlCommand(cli, 'pause', 'let a run that goes on begin no further host until it is resumed');
}

/** `k3sbox abort [RUN]`: hosts in flight go back, nobody else begins. */
export function abortCommand(cli: Cli): Command {
  return controlCommand(cli, 'abort', 'end a run that goes on: hosts that are not through are taken back');
}

function controlCommand(cli: Cli, action: 'pause' | 'abort', description: string): Command {
  return new Command(action)
    .description(description)
    .argument('[run]', 'its id; the last one when nothing is said')
    .option('--last', 'the last one')
    .action(async (id: string | undefined) => {
      const { control } = await import('../control.ts');
      control(cli, id ?? 'last', action);
    });
}
