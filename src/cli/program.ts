import { Command } from 'commander';

import type { Cli } from './cli.ts';
import { execCommand, factsCommand, pingCommand, unlockCommand } from './commands/ad-hoc.ts';
import { applyCommand } from './commands/apply.ts';
import { abortCommand, pauseCommand } from './commands/control.ts';
import { completionCommand } from './commands/completion.ts';
import { docCommand } from './commands/doc.ts';
import { doctorCommand } from './commands/doctor.ts';
import { driftCommand } from './commands/drift.ts';
import { initCommand } from './commands/init.ts';
import { inventoryCommand } from './commands/inventory.ts';
import { planCommand } from './commands/plan.ts';
import { reportCommand } from './commands/report.ts';
import { resumeCommand } from './commands/resume.ts';
import { rollbackCommand } from './commands/rollback.ts';
import { runCommand } from './commands/run.ts';
import { runsCommand } from './commands/runs.ts';
import { schemaCommand } from './commands/schema.ts';
import { validateCommand } from './commands/validate.ts';
import { readVersion } from './version.ts';

/**
 * Every command with its flags. Actions load what they need when they run, so that help and `--version` stay quick; they
 * put how they ended into `cli.exitCode` and throw what went wrong.
 */
export function buildProgram(cli: Cli): Command {
  const program = new Command('k3sbox')
    .description('Runs playbooks on a fleet over SSH: with a true dry run, and a rollback that needs nobody.')
    .version(readVersion(), '--version', 'print the version')
    .helpCommand('help [command]', 'show help for a command')
    .showSuggestionAfterError();
  const commands = [
    runCommand(cli),
    planCommand(cli),
    applyCommand(cli),
    driftCommand(cli),
    validateCommand(cli),
    resumeCommand(cli),
    pauseCommand(cli),
    abortCommand(cli),
    rollbackCommand(cli),
    runsCommand(cli),
    reportCommand(cli),
    execCommand(cli),
    pingCommand(cli),
    factsCommand(cli),
    doctorCommand(cli),
    inventoryCommand(cli),
    unlockCommand(cli),
    docCommand(cli),
    schemaCommand(cli),
    initCommand(cli),
    completionCommand(cli, program),
  ];
  for (const command of commands) program.addCommand(command);
  prepare(program, cli, 'k3sbox');
  return program;
}

/** Settings that commander does not hand down to commands made on their own. */
function prepare(command: Command, cli: Cli, path: string): void {
  command
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.io.stdout.write(text),
      writeErr: (text) => cli.io.stderr.write(text),
      getOutHelpWidth: () => cli.io.stdout.terminal?.columns ?? 100,
      getErrHelpWidth: () => cli.io.stderr.terminal?.columns ?? 100,
    })
    .helpOption('-h, --help', 'show help')
    .showHelpAfterError(`see: ${path} --help`);
  for (const each of command.commands) prepare(each, cli, `${path} ${each.name()}`);
}
