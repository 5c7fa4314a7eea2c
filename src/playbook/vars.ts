import type { Span } from '../base/diagnostic.ts';
import { isValues } from '../base/value.ts';
import type { Loader } from './loader.ts';
import { readYaml } from './loader.ts';
import type { Written, WrittenVars } from './playbook.ts';
import type { Problems } from './problems.ts';
import { checkTemplates } from './templates.ts';
import { entriesOf, keySpanOf, kindOf, spanOf, written } from './yaml-node.ts';

/** Names that k3sbox sets on every host; a variable of that name would never be seen. */
const magicVariables = [
  'inventory_hostname',
  'inventory_hostname_short',
  'group_names',
  'groups',
  'hostvars',
  'play_hosts',
  'ansible_play_hosts',
  'ansible_play_hosts_all',
  'ansible_play_batch',
  'ansible_play_name',
  'ansible_check_mode',
  'k3sbox_rollback',
  'ansible_diff_mode',
  'ansible_verbosity',
  'role_name',
  'role_path',
  'playbook_dir',
  'inventory_dir',
  'omit',
] as const;

export const noVars: WrittenVars = new Map<string, Written>();

/** Variables, their names and templates checked. */
export function readVars(entries: ReturnType<typeof entriesOf>, problems: Problems): WrittenVars {
  const vars = new Map<string, Written>();
  for (const [name, entry] of entries) {
    checkName(name, keySpanOf(entry), problems);
    const value = written(entry);
    checkTemplates(value, problems);
    vars.set(name, value);
  }
  return vars;
}

/** A file that holds nothing but variables. */
export function readVarsFile(loader: Loader, file: string, from: Span): WrittenVars {
  const root = readYaml(loader, file, from);
  if (root === undefined || root.value === null) return noVars;
  if (isValues(root.value)) return readVars(entriesOf(root), loader.problems);
  loader.problems.error(spanOf(root), `a file of variables must hold a mapping, not ${kindOf(root.value)}`);
  return noVars;
}

/** Reports what cannot be the name of a variable. */
export function checkName(name: string, span: Span, problems: Problems): void {
  if (!/^[A-Za-z_]\w*$/.test(name)) {
    const better = name.replaceAll(/\W/g, '_').replace(/^(?=\d)/, '_');
    problems.error(span, `\`${name}\` cannot be the name of a variable`, `Use letters, digits and _: \`${better}\`.`);
  } else if (magicVariables.some((magic) => magic === name)) {
    problems.error(span, `\`${name}\` is set by k3sbox`, 'Choose another name.');
  }
}
