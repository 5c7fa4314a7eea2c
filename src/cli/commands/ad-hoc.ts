import { Command, Option } from 'commander';

import type { AdHocOptions } from '../ad-hoc-runs.ts';
import type { Cli } from '../cli.ts';
import { addConnectionOptions, addInventoryOptions } from '../options.ts';

/** `k3sbox exec PATTERN -- COMMAND...`: a command on many hosts, now. */
export function execCommand(cli: Cli): Command {
  const exec = new Command('exec')
    .description('run a command on hosts; nothing is recorded, and nothing takes it back')
    .argument('<pattern>', 'which hosts')
    .argument('<command...>', 'after `--`: shell text as one word, or a program with its arguments')
    .usage('<pattern> -i <source> [options] -- <command...>');
  return withOptions(exec).action(async (pattern: string, words: readonly string[], options: AdHocOptions) => {
    const { execOnHosts } = await import('../ad-hoc-runs.ts');
    cli.exitCode = await execOnHosts(cli, pattern, words, options);
  });
}

/** `k3sbox ping PATTERN`. */
export function pingCommand(cli: Cli): Command {
  const ping = new Command('ping')
    .description('log in to hosts, and say as whom')
    .argument('[pattern]', 'which hosts', 'all');
  return withOptions(ping).action(async (pattern: string, options: AdHocOptions) => {
    const { pingHosts } = await import('../ad-hoc-runs.ts');
    cli.exitCode = await pingHosts(cli, pattern, options);
  });
}

/** `k3sbox facts PATTERN`. */
export function factsCommand(cli: Cli): Command {
  const facts = new Command('facts')
    .description('print what hosts say about themselves, as JSON')
    .argument('[pattern]', 'which hosts', 'all');
  return addConnectionOptions(addInventoryOptions(facts)).action(async (pattern: string, options: AdHocOptions) => {
    const { showFacts } = await import('../ad-hoc-runs.ts');
    cli.exitCode = await showFacts(cli, pattern, options);
  });
}

/** `k3sbox unlock PATTERN`. */
export function unlockCommand(cli: Cli): Command {
  const unlock = new Command('unlock')
    .description('free hosts that a run which is gone has left locked; its changes stay')
    .argument('[pattern]', 'which hosts', 'all');
  return withOptions(unlock).action(async (pattern: string, options: AdHocOptions) => {
    const { unlockHosts } = await import('../ad-hoc-runs.ts');
    cli.exitCode = await unlockHosts(cli, pattern, options);
  });
}

function withOptions(command: Command): Command {
  return addConnectionOptions(addInventoryOptions(command)).addOption(
    new Option('--output <format>', 'how to show it').choices(['plain', 'json']).default('plain'),
  );
}
