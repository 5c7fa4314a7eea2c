import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { ansibleDefault, ansibleTuned, mitogen } from './ansible.ts';
import { clush } from './clush.ts';
import { k3sboxRelay, k3sboxTool } from './k3sbox.ts';
import { pyinfra } from './pyinfra.ts';
import { ssh } from './ssh.ts';
import type { Tool } from './tool.ts';

/** All that are measured. The floor comes first: what else is measured is held against it. */
export function allTools(k3sbox: readonly string[] = []): readonly Tool[] {
  return [ssh, k3sboxTool(k3sbox), k3sboxRelay(k3sbox), clush, pyinfra, mitogen, ansibleTuned, ansibleDefault];
}

export interface ToolsIn {
  readonly present: readonly Tool[];
  readonly absent: readonly { readonly name: string; readonly why: string }[];
}

/** Which tools a base has, and why it lacks the others. */
export function toolsIn(base: string, k3sbox?: readonly string[]): ToolsIn {
  const tools = allTools(k3sbox);
  const lacks = ({ needs }: Tool): boolean => needs !== undefined && !existsSync(join(base, needs.path));
  return {
    present: tools.filter((tool) => !lacks(tool)),
    absent: tools.filter(lacks).map(({ name, needs }) => ({ name, why: needs?.orElse ?? '' })),
  };
}
