import { isList } from '../base/value.ts';
import { isTemplate } from '../template/parse-template.ts';
import type { Fields } from './fields.ts';
import type { Play } from './playbook.ts';
import type { Problems } from './problems.ts';
import { itemsOf, located, spanOf } from './yaml-node.ts';

/** `serial` of a play, `waves` of its rollout: numbers of hosts, shares of them, or templates that give such. */
export function readWaveSizes(fields: Fields, name: string, problems: Problems): Play['serial'] {
  const node = fields.get(name);
  if (node === undefined) return [];
  const entries = isList(node.value) ? itemsOf(node) : [node];
  return entries.flatMap((entry) => {
    const { value } = entry;
    const isText = typeof value === 'string' && (isTemplate(value) || /^\s*\d+\s*%?\s*$/.test(value));
    const isCount = typeof value === 'number' && Number.isInteger(value) && value >= 0;
    if (isText || isCount) return [located(value, entry)];
    problems.error(
      spanOf(entry),
      `\`${name}\` must be a number of hosts or a share of them`,
      'Write 3, "30%", or a list of them.',
    );
    return [];
  });
}
