import { dirname } from 'node:path';

import type { RoleVars } from './playbook.ts';

/** Where files, templates and tasks are looked for: the role, the roles around it, beside the file, beside the playbook. */
export function foldersOf(roles: readonly RoleVars[], file: string, playFolder: string): readonly string[] {
  return [...new Set([...roles.map(({ folder }) => folder).toReversed(), dirname(file), playFolder])];
}
