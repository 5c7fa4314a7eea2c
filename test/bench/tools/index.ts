import { ansibleDefault, ansibleTuned, mitogen } from './ansible.ts';
import { clush } from './clush.ts';
import { k3sboxTool } from './k3sbox.ts';
import { pyinfra } from './pyinfra.ts';
import { ssh } from './ssh.ts';
import type { Tool } from './tool.ts';

/** All that are measured. The floor comes first: what else is measured is held against it. */
export function allTools(k3sbox: readonly string[]): readonly Tool[] {
  return [ssh, k3sboxTool(k3sbox), clush, pyinfra, mitogen, ansibleTuned, ansibleDefault];
}
