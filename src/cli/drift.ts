import type { Cli } from './cli.ts';
import type { OutputOptions } from './options.ts';
import { type RunOptions, runPlaybooks } from './playbook-run.ts';
import { driftReporters } from './reporters.ts';

export interface DriftOptions extends Omit<RunOptions, 'output'> {
  readonly output: Exclude<OutputOptions['output'], 'auto' | 'tree'>;
}

/** Shows where hosts are not as playbooks want them. Returns the exit code: 1 when there is such a host. */
export async function showDrift(cli: Cli, playbooks: readonly string[], options: DriftOptions): Promise<number> {
  let hasDrifted = false;
  const exitCode = await runPlaybooks(cli, {
    mode: 'plan',
    playbooks,
    options,
    reporters: driftReporters(cli, options),
    onEvent(event) {
      if (event.type === 'task-planned' && event.drift === true) hasDrifted = true;
    },
  });
  return exitCode === 0 && hasDrifted ? 1 : exitCode;
}
