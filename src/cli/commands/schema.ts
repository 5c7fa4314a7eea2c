import { Argument, Command } from 'commander';

import { type Cli, printLine } from '../cli.ts';

/** `k3sbox schema playbook|inventory|plan`: JSON Schema for editors and other readers. */
export function schemaCommand(cli: Cli): Command {
  return new Command('schema')
    .description('print the JSON Schema of playbooks, inventories or saved plans')
    .addArgument(new Argument('<of>').choices(['playbook', 'inventory', 'plan']))
    .addHelpText(
      'after',
      '\nk3sbox schema playbook > playbook.schema.json, and in the first line of a playbook:\n# yaml-language-server: $schema=playbook.schema.json',
    )
    .action(async (of: 'playbook' | 'inventory' | 'plan') => {
      if (of === 'plan') {
        const { savedPlanSchema } = await import('../saved-plan-schema.ts');
        printLine(cli, JSON.stringify(savedPlanSchema(), undefined, 2));
        return;
      }
      if (of === 'inventory') {
        const { inventorySchema } = await import('../inventory-schema.ts');
        printLine(cli, JSON.stringify(inventorySchema(), undefined, 2));
        return;
      }
      const [{ modules }, { playbookSchema }] = await Promise.all([
        import('../../modules/index.ts'),
        import('../playbook-schema.ts'),
      ]);
      printLine(cli, JSON.stringify(playbookSchema(modules), undefined, 2));
    });
}
