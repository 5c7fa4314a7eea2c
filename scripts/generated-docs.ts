import type { Command } from 'commander';

import { type ErrorCode, errorCodes } from '../src/base/errors.ts';
import { newCli } from '../src/cli/cli.ts';
import { systemIo } from '../src/cli/io.ts';
import { describeModule, moduleMarkdown } from '../src/cli/module-doc.ts';
import { buildProgram } from '../src/cli/program.ts';
import { modules } from '../src/modules/index.ts';

const note = '<!-- Made by `npm run docs` from the source. Do not edit. -->';

/** The documents that are made from the source, by path below the repository's root. */
export function generatedDocs(): ReadonlyMap<string, string> {
  const sorted = modules.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return new Map([
    ['docs/cli.md', cliDoc()],
    ['docs/errors.md', errorsDoc()],
    ['docs/modules/README.md', modulesDoc(sorted.map(({ name, summary }) => [name, summary]))],
    ...sorted.map(
      (module) => [`docs/modules/${module.name}.md`, `${note}\n\n${moduleMarkdown(describeModule(module))}`] as const,
    ),
  ]);
}

function cliDoc(): string {
  const program = buildProgram(newCli(systemIo()));
  const commands = leaves(program, 'k3sbox');
  return [
    note,
    '',
    '# The command line',
    '',
    program.description(),
    '',
    ...commands.map(({ path }) => `- [\`${path}\`](#${path.replaceAll(' ', '-')})`),
    '',
    ...exitCodeLines(),
    '',
    ...commands.flatMap(commandLines),
  ].join('\n');
}

interface Leaf {
  readonly path: string;
  readonly command: Command;
}

/** Commands that do something, in the order of the help. */
function leaves(command: Command, path: string): Leaf[] {
  if (command.commands.length === 0) return [{ path, command }];
  return command.commands.flatMap((each) => leaves(each, `${path} ${each.name()}`));
}

function commandLines({ path, command }: Leaf): string[] {
  const usage = command.usage().replace('[options]', '').trim();
  const rows = [
    ...command.registeredArguments.map(
      (argument) => [argument.name(), argument.description, argument.argChoices, undefined] as const,
    ),
    ...command.options.map(
      (option) => [option.flags, option.description, option.argChoices, option.defaultValue as unknown] as const,
    ),
  ];
  return [
    `## ${path}`,
    '',
    sentence(command.description()),
    '',
    '```sh',
    `${path} ${usage}`.trim(),
    '```',
    '',
    ...(rows.length === 0 ? [] : ['| | |', '| --- | --- |', ...rows.map((row) => rowLine(...row)), '']),
  ];
}

function rowLine(name: string, about: string, choices: readonly string[] | undefined, fallback: unknown): string {
  const known = choices === undefined ? [] : [`one of ${choices.map((choice) => `\`${choice}\``).join(', ')}`];
  const isWorthSaying = fallback !== undefined && fallback !== false && fallback !== 0;
  const standard = isWorthSaying ? [`default \`${JSON.stringify(fallback).replaceAll('"', '')}\``] : [];
  const parts = [about, ...known, ...standard].filter((part) => part !== '');
  return `| \`${cell(name)}\` | ${cell(parts.join('; '))} |`;
}

/** A bar ends a cell, even in code. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function exitCodeLines(): string[] {
  return [
    '## Exit codes',
    '',
    '| code | meaning |',
    '| --- | --- |',
    '| 0 | done |',
    '| 1 | `plan --detailed-exit-code` and `drift` alone: there are changes |',
    ...Object.values(errorCodes).map(({ exitCode, meaning }) => `| ${exitCode} | ${meaning} |`),
    '',
    '`doctor` answers with three codes of its own: 0 all is well, 1 there are warnings, 2 there are failures. A host that cannot be reached is a failure. A',
    'wrong command line is 2 as everywhere: then nothing is printed on standard output.',
    '',
    'What each means and what to do about it: [errors.md](errors.md).',
  ];
}

/** What to do, for every code. */
const advice: Readonly<Record<ErrorCode, string>> = {
  usage: 'Read the hint; `k3sbox COMMAND --help` lists what a command takes.',
  config:
    'Every problem that was found is shown with its file, line and column. Nothing was touched: correct them and run again. `k3sbox validate` looks for the same problems without a host.',
  unreachable:
    'The message tells how far the connection came. What ran when it was lost may have come to its end: the journal says what was about to run, and the host keeps what can be taken back.',
  'task-failed':
    'The host was taken back to where it was, unless `--no-rollback` or `rollback: none` said otherwise. The last lines that the host printed stand below the message.',
  'rollback-failed':
    'Something could not be taken back. `k3sbox runs show` lists what still stands on which host; correct it there, then run `k3sbox rollback` again.',
  locked:
    'The message names the run that holds the host, its owner and when it was last seen. When that run is gone, free the host with `k3sbox unlock`.',
  stale:
    'Nothing was touched on the hosts that the message names. Look at what drifted, make the plan again, or go on without those hosts with `apply --skip-drifted`.',
  internal:
    'A bug. Please report it with the message, the output of the same command with `-vv`, and the folder of the run.',
  interrupted: '`k3sbox runs show` tells what stands where; `k3sbox rollback --last` takes it back.',
};

function errorsDoc(): string {
  const sections = Object.entries(errorCodes).flatMap(([code, { exitCode, meaning }]) => [
    `## ${code}`,
    '',
    `Exit code ${exitCode}: ${meaning}.`,
    '',
    adviceFor(code),
    '',
  ]);
  return [
    note,
    '',
    '# Errors',
    '',
    'The `code` of errors in the journal, in events and in exit codes.',
    '',
    ...sections,
  ].join('\n');
}

function adviceFor(code: string): string {
  return Object.entries(advice).find(([name]) => name === code)?.[1] ?? '';
}

function modulesDoc(rows: readonly (readonly [name: string, summary: string])[]): string {
  const lines = rows.map(([name, summary]) => `| [${name}](${name}.md) | ${summary} |`);
  return [note, '', '# Modules', '', '| module | |', '| --- | --- |', ...lines, ''].join('\n');
}
