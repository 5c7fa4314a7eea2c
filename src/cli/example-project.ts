import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

import { UsageError } from '../base/errors.ts';

/** Runs on this machine and needs no rights, so that a newcomer sees a plan before the first SSH key. */
export const exampleFiles: Readonly<Record<string, string>> = {
  'inventories/example.yaml': `# Hosts in groups, as in Ansible. A host over SSH looks like this:
#
#     node1:
#       ansible_host: 192.0.2.10
#       ansible_user: ops
demo:
  hosts:
    this-machine:
      ansible_connection: local
  vars:
    folder: /tmp/k3sbox-example
    greeting: Hello
`,
  'site.yaml': `- name: Say hello
  hosts: demo
  tasks:
    - name: Make a folder
      file:
        path: "{{ folder }}"
        state: directory
        mode: "0755"

    - name: Write a greeting
      template:
        src: hello.txt.hbs
        dest: "{{ folder }}/hello.txt"
        mode: "0644"
      notify: Tell about it

  handlers:
    - name: Tell about it
      command: cat {{ folder }}/hello.txt
`,
  'templates/hello.txt.hbs': `{{ greeting }} from {{ inventory_hostname }}.
`,
};

/**
 * Writes the example below a folder and returns the names of its files.
 *
 * @throws UsageError when one of them is there already; nothing is written then
 */
export function writeExample(cwd: string, dir: string): string[] {
  const names = Object.keys(exampleFiles);
  const taken = names.find((name) => existsSync(resolve(cwd, dir, name)));
  if (taken !== undefined) {
    throw new UsageError(`${join(dir, taken)} is there already`, {
      hint: 'Choose another folder: k3sbox init example',
    });
  }
  for (const [name, content] of Object.entries(exampleFiles)) {
    const file = resolve(cwd, dir, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
  }
  return names.map((name) => join(dir, name));
}
