import { type Command, Option } from 'commander';

import type { HostKeyPolicy } from '../base/connection.ts';
import { collect, collectList, wholeNumber } from './cli.ts';

/** Hosts at work at the same time when nothing is said. */
export const defaultForks = 50;

/** Where hosts come from, and with which variables. */
export interface InventoryOptions {
  readonly inventory?: readonly string[];
  /** `K=V` and `@FILE`, in the order given. */
  readonly extraVars?: readonly string[];
}

/** How hosts are reached; given here, it holds whatever the inventory says. */
export interface ConnectionOptions {
  readonly user?: string;
  readonly privateKey?: string;
  readonly become?: boolean;
  readonly becomeUser?: string;
  readonly askPass?: boolean;
  readonly askBecomePass?: boolean;
  readonly hostKeyPolicy?: HostKeyPolicy;
  readonly forks: number;
}

/** Which part of a playbook, on which hosts. */
export interface SelectionOptions {
  readonly limit?: string;
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
  readonly startAt?: string;
}

export const outputFormats = ['auto', 'tree', 'plain', 'json', 'junit'] as const;
export type OutputFormat = (typeof outputFormats)[number];

/** How a run is shown. */
export interface OutputOptions {
  readonly output: OutputFormat;
  readonly verbose: number;
  readonly diff?: boolean;
  readonly profile?: boolean;
}

/** How a recorded run is shown again. */
export interface ReplayOptions {
  readonly output: 'plain' | 'json' | 'junit' | 'html';
  readonly verbose: number;
  readonly diff?: boolean;
}

export function addInventoryOptions(command: Command): Command {
  return command
    .option(
      '-i, --inventory <source>',
      'where the hosts are: a file, a folder, a program, `host1,host2,`, or a name in inventories/ (repeatable)',
      collect,
    )
    .option(
      '-e, --extra-vars <key=value|@file>',
      'a variable, its value read as YAML, or a file of them (repeatable)',
      collect,
    );
}

export function addLimitOption(command: Command): Command {
  return command.option('-l, --limit <pattern>', 'only these hosts of those the plays name');
}

export function addSelectionOptions(command: Command): Command {
  return addLimitOption(command)
    .option('-t, --tags <names>', 'only tasks with one of these tags, and those tagged `always`', collectList)
    .option('--skip-tags <names>', 'all tasks but those with one of these tags', collectList)
    .option('--start-at <task>', 'begin with the task of this name');
}

export function addConnectionOptions(command: Command): Command {
  return command
    .option('-u, --user <name>', 'log in as this user')
    .option('--private-key <file>', 'log in with this key')
    .option('-b, --become', 'become another user after the login (root unless said otherwise)')
    .option('--become-user <name>', 'the user to become')
    .option('-k, --ask-pass', 'ask for the login password')
    .option('-K, --ask-become-pass', 'ask for the password of sudo')
    .addOption(
      new Option(
        '--host-key-policy <policy>',
        'what to do about unknown host keys; a changed key is refused by all but `off`',
      ).choices(['strict', 'accept-new', 'off']),
    )
    .option('-f, --forks <n>', 'hosts at work at the same time', wholeNumber(1), defaultForks);
}

export function addVerboseOption(command: Command): Command {
  return command.option(
    '-v, --verbose',
    'show more: -v what was fine and output, -vv steps and round trips',
    (_, n: number) => n + 1,
    0,
  );
}

export function addOutputOptions(command: Command): Command {
  return addVerboseOption(command)
    .addOption(
      new Option('--output <format>', 'how to show the run; `auto` is `tree` on a terminal, else `plain`')
        .choices(outputFormats)
        .default('auto'),
    )
    .option('--diff', 'show what changes in files')
    .option('--profile', 'show at the end which tasks took longest');
}
