import type { Diagnostic } from '../../src/base/diagnostic.ts';
import { InventoryBuilder } from '../../src/inventory/inventory-builder.ts';
import type { Inventory } from '../../src/inventory/inventory.ts';
import { readIniInventory } from '../../src/inventory/read-ini.ts';
import { readYamlInventory } from '../../src/inventory/read-yaml.ts';

/** An inventory from one text; `file` decides whether it is INI. */
export function buildInventory(text: string, file: string): { inventory: Inventory; problems: readonly Diagnostic[] } {
  const builder = new InventoryBuilder();
  if (file.endsWith('.ini')) readIniInventory(text, file, builder);
  else readYamlInventory(text, file, builder);
  const inventory = builder.finish();
  return { inventory, problems: builder.problems };
}

/** `line:column message | hint`, for tables of mistakes. */
export function tell({ severity, span, message, hint }: Diagnostic): string {
  const mark = severity === 'warning' ? 'warning: ' : '';
  return `${span.line}:${span.column} ${mark}${message}${hint === undefined ? '' : ` | ${hint}`}`;
}
