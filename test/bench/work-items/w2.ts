import { existsSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { join } from 'node:path';

import { type BenchHost, treeFolder } from '../bench-host.ts';

/*
 * W2, a play of 20 tasks: 5 folders, 5 files, 4 templates, 2 lines in a file, 2 commands that make something once, a stat and a link
 * that depends on it. This is its only description: w2-playbook.ts, w2-script.ts and w2-pyinfra.ts say the same to the tools, and
 * `w2Problem` compares what they left with it. All paths are below the tree of the host.
 */

const numbers = (count: number, from = 0): readonly number[] => Array.from({ length: count }, (_, i) => from + i);

export const w2 = {
  folders: ['etc', 'etc/conf.d', 'opt/app', 'var/lib/app', 'var/log/app'],
  files: numbers(5, 1).map((file) => ({
    path: `etc/file${file}.conf`,
    text: [
      `# file ${file}, managed`,
      `setting_${file} = value`,
      ...numbers(12).map((key) => `key${key} = ${file * key}`),
      '',
    ].join('\n'),
  })),
  /** `{{ name }}` stands for a variable of the host: in Handlebars and in Jinja alike. */
  templates: numbers(4, 1).map((template) => ({
    path: `etc/conf.d/t${template}.yaml`,
    source: `t${template}.yaml.tpl`,
    text: [
      `# template ${template} for {{ n }}`,
      'node-name: node-{{ n }}',
      'node-ip: {{ node_ip }}',
      'role: {{ role }}',
      `data-dir: ${treeFolder}/var/lib/app`,
      'kubelet-arg:',
      ...numbers(10).map((option) => `  - "opt${option}={{ n }}-${option}"`),
      '',
    ].join('\n'),
  })),
  lines: [
    { path: 'base/sshd_config', regexp: '^#?PermitRootLogin ', line: 'PermitRootLogin prohibit-password' },
    { path: 'base/sshd_config', regexp: '^#?MaxSessions ', line: 'MaxSessions 20' },
  ],
  commands: [
    { command: 'echo built > var/lib/app/built', creates: 'var/lib/app/built' },
    { command: 'tar -cf var/lib/app/conf.tar -C etc conf.d', creates: 'var/lib/app/conf.tar' },
  ],
  stat: 'etc/conf.d/t1.yaml',
  link: { path: 'opt/current', target: 'opt/app' },
} as const;

/** The file that is there before a tool comes: Debian's sshd_config. */
export const w2Seed = 'base/sshd_config';

/** What a template becomes on a host. */
function rendered(text: string, host: BenchHost): string {
  const variables: Readonly<Record<string, string>> = {
    n: String(host.number),
    node_ip: host.address,
    role: host.role,
  };
  return text.replaceAll(/\{\{ (\w+) \}\}/g, (_, name: string) => variables[name] ?? '');
}

/** The first thing in which a host's tree is not what W2 asks for; undefined when all is done. */
export function w2Problem(tree: string, host: BenchHost): string | undefined {
  const at = (path: string): string => join(tree, path);
  const read = (path: string): string => (existsSync(at(path)) ? readFileSync(at(path), 'utf8') : '');
  const mode = (path: string): number => statSync(at(path)).mode & 0o7777;
  const folder = w2.folders.find((path) => !existsSync(at(path)) || mode(path) !== 0o755);
  if (folder !== undefined) return `folder ${folder}`;
  const texts = [...w2.files, ...w2.templates.map(({ path, text }) => ({ path, text: rendered(text, host) }))];
  const file = texts.find(({ path, text }) => read(path) !== text || mode(path) !== 0o644);
  if (file !== undefined) return `file ${file.path}`;
  const missing = w2.lines.find(
    ({ path, line }) =>
      read(path)
        .split('\n')
        .filter((one) => one === line).length !== 1,
  );
  if (missing !== undefined) return `line ${missing.line}`;
  const made = w2.commands.find(({ creates }) => !existsSync(at(creates)));
  if (made !== undefined) return `command ${made.command}`;
  return linkTarget(at(w2.link.path)) === join(treeFolder, w2.link.target) ? undefined : `link ${w2.link.path}`;
}

function linkTarget(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
