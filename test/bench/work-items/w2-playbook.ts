import { stringify } from 'yaml';

import { treeFolder } from '../bench-host.ts';
import { w2 } from './w2.ts';

/** W2 as a playbook: k3sbox, ansible-core and mitogen run the same file. The templates lie beside it in `templates/`. */
export function w2Playbook(): string {
  const tasks = [
    ...w2.folders.map((path) => ({
      name: `folder ${path}`,
      file: { path: at(path), state: 'directory', mode: '0755' },
    })),
    ...w2.files.map(({ path, text }) => ({
      name: `file ${path}`,
      copy: { dest: at(path), content: text, mode: '0644' },
    })),
    ...w2.templates.map(({ path, source }) => ({
      name: `template ${path}`,
      template: { src: source, dest: at(path), mode: '0644' },
    })),
    ...w2.lines.map(({ path, regexp, line }) => ({
      name: `line ${line}`,
      lineinfile: { path: at(path), regexp, line },
    })),
    ...w2.commands.map(({ command, creates }) => ({
      name: `make ${creates}`,
      shell: { cmd: command, creates: at(creates), chdir: treeFolder },
    })),
    { name: 'stat', stat: { path: at(w2.stat) }, register: 'st' },
    {
      name: 'link',
      file: { path: at(w2.link.path), src: at(w2.link.target), state: 'link' },
      when: 'st.stat.exists',
    },
  ];
  return stringify([{ name: 'Twenty tasks', hosts: 'all', tasks }]);
}

function at(path: string): string {
  return `${treeFolder}/${path}`;
}
