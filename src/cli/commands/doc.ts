import { Command } from 'commander';

import { type Cli, printLine, styleOf } from '../cli.ts';

/** `k3sbox doc [MODULE]`: the catalogue, or all about one module. */
export function docCommand(cli: Cli): Command {
  return new Command('doc')
    .description('list the modules, or explain one of them')
    .argument('[module]', 'its name')
    .action(async (name: string | undefined) => {
      const [{ findModule, modules, suggestModule }, { describeModule, moduleText }, { UsageError }] =
        await Promise.all([
          import('../../modules/index.ts'),
          import('../module-doc.ts'),
          import('../../base/errors.ts'),
        ]);
      const style = styleOf(cli);
      if (name === undefined) {
        const width = Math.max(...modules.map((module) => module.name.length));
        for (const module of modules) printLine(cli, `${style.strong(module.name.padEnd(width))}  ${module.summary}`);
        return;
      }
      const module = findModule(name);
      if (module === undefined) {
        throw new UsageError(`there is no module \`${name}\``, {
          hint: suggestModule(name) ?? '`k3sbox doc` lists them all.',
        });
      }
      printLine(cli, moduleText(describeModule(module), style));
    });
}
