import { ConfigError } from '../base/errors.ts';
import { checkPlaybooks, loadRun } from '../plan/load.ts';
import type { Cli } from './cli.ts';
import { readExtraVars } from './extra-vars.ts';
import type { InventoryOptions } from './options.ts';
import { printWarning } from './playbook-run.ts';

/** Prints warnings. @throws ConfigError with everything that is wrong */
export async function validatePlaybooks(
  cli: Cli,
  playbooks: readonly string[],
  { inventory, extraVars = [] }: InventoryOptions,
): Promise<void> {
  const { cwd, env } = cli.io;
  if (inventory === undefined) {
    const diagnostics = await checkPlaybooks(playbooks, cwd);
    if (diagnostics.some(({ severity }) => severity === 'error')) throw new ConfigError(diagnostics);
    for (const warning of diagnostics) printWarning(cli, warning);
    return;
  }
  const { warnings } = await loadRun({
    playbookFiles: playbooks,
    inventorySources: inventory,
    extraVars: readExtraVars(extraVars, cwd),
    cwd,
    environment: (name) => env[name],
    checkMode: true,
  });
  for (const warning of warnings) printWarning(cli, warning);
}
