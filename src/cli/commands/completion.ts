import { Argument, Command } from 'commander';

import type { Cli } from '../cli.ts';

/** `k3sbox completion SHELL`: a script for the shell, made from the commands there are. */
export function completionCommand(cli: Cli, program: Command): Command {
  return new Command('completion')
    .description('print a script that completes k3sbox on the command line')
    .addArgument(new Argument('<shell>').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      '\nbash:  source <(k3sbox completion bash)\nzsh:   source <(k3sbox completion zsh)\nfish:  k3sbox completion fish | source',
    )
    .action(async (shell: 'bash' | 'zsh' | 'fish') => {
      const { completionScript } = await import('../completion-script.ts');
      cli.io.stdout.write(completionScript(shell, program));
    });
}
