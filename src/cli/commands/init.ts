import { Command } from 'commander';

import { type Cli, printLine } from '../cli.ts';

/** `k3sbox init [DIR]`: a small project that runs at once. */
export function initCommand(cli: Cli): Command {
  return new Command('init')
    .description('write a small example: an inventory, a playbook and a template')
    .argument('[dir]', 'where; the working folder when nothing is said', '.')
    .action(async (dir: string) => {
      const { writeExample } = await import('../example-project.ts');
      for (const file of writeExample(cli.io.cwd, dir)) printLine(cli, `wrote ${file}`);
      const cd = dir === '.' ? '' : `cd ${dir} && `;
      printLine(cli, `look at what it would do: ${cd}k3sbox plan site.yaml -i example`);
    });
}
