import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

import { afterAll, expect, test } from 'vitest';

import { sha256Hex } from '../../../src/base/digest.ts';
import { loadRun } from '../../../src/plan/load.ts';

const cwd = mkdtempSync(join(tmpdir(), 'k3sbox-sources-'));

afterAll(() => rmSync(cwd, { recursive: true }));

function write(file: string, text: string): void {
  mkdirSync(dirname(join(cwd, file)), { recursive: true });
  writeFileSync(join(cwd, file), text);
}

test('every file that a run rests on is known with its digest: playbooks, roles, variables, inventories, templates', async () => {
  const site = `- hosts: all
  vars_files: [more.yaml]
  roles: [motd]
  tasks:
    - include_tasks: extra.yaml
`;
  write('site.yaml', site);
  write('more.yaml', 'a: 1\n');
  write('extra.yaml', '- copy: {src: big, dest: /tmp/big}\n');
  write('roles/motd/tasks/main.yaml', '- template: {src: motd.hbs, dest: /etc/motd}\n');
  write('roles/motd/defaults/main.yaml', 'greeting: hello\n');
  write('roles/motd/templates/motd.hbs', '{{greeting}}\n');
  write('files/big', 'big');
  write('hosts/hosts.yaml', 'all: {hosts: {n1: }}\n');
  write('hosts/group_vars/all.yaml', 'b: 2\n');
  write('hosts/host_vars/n2.yaml', 'nobody: reads this\n');

  const { sources, files, plays } = await loadRun({ playbookFiles: ['site.yaml'], inventorySources: ['hosts'], cwd });
  const [span] = plays.map(({ play }) => play.span);
  if (span === undefined) throw new Error('no play');
  await files.within([cwd]).stat('files', 'big', span);

  expect([...sources.sums.keys()].map((file) => relative(cwd, file)).toSorted()).toEqual([
    'extra.yaml',
    'files/big',
    'hosts/group_vars/all.yaml',
    'hosts/hosts.yaml',
    'more.yaml',
    'roles/motd/defaults/main.yaml',
    'roles/motd/tasks/main.yaml',
    'roles/motd/templates/motd.hbs',
    'site.yaml',
  ]);
  expect(sources.sums.get(join(cwd, 'site.yaml'))).toBe(sha256Hex(site));
});
