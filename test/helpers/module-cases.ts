import type { z } from 'zod';

import { sha256Hex } from '../../src/base/digest.ts';
import { blockinfile } from '../../src/modules/blockinfile.ts';
import { command } from '../../src/modules/command.ts';
import { copy } from '../../src/modules/copy.ts';
import { file } from '../../src/modules/file.ts';
import { getUrl } from '../../src/modules/get-url.ts';
import { iniFile } from '../../src/modules/ini-file.ts';
import { lineinfile } from '../../src/modules/lineinfile.ts';
import type { Module } from '../../src/modules/module.ts';
import { mount } from '../../src/modules/mount.ts';
import { replace } from '../../src/modules/replace.ts';
import { script } from '../../src/modules/script.ts';
import { sysctl } from '../../src/modules/sysctl.ts';
import { unarchive } from '../../src/modules/unarchive.ts';

/** A task on the furniture of a `Workbench`, for laws that hold for all modules. `root` is the folder it works in. */
export interface ModuleCase<Schema extends z.ZodType> {
  readonly module: Module<Schema>;
  readonly args: (root: string) => z.input<Schema>;
}

function caseOf<Schema extends z.ZodType>(
  module: Module<Schema>,
  args: ModuleCase<Schema>['args'],
): ModuleCase<z.ZodType> {
  return { module, args };
}

export const moduleCases: readonly (readonly [title: string, of: ModuleCase<z.ZodType>])[] = [
  ['a new file', caseOf(copy, (root) => ({ dest: `${root}/new`, content: 'hi\n', mode: '0600' }))],
  ['a file over another', caseOf(copy, (root) => ({ dest: `${root}/conf`, content: 'new\n' }))],
  ['a file in new folders', caseOf(copy, (root) => ({ dest: `${root}/x/y/`, src: 'site/text' }))],
  ['a binary file', caseOf(copy, (root) => ({ dest: `${root}/empty`, src: 'site/deep/binary', mode: 'u=rwx,go=' }))],
  ['a folder', caseOf(copy, (root) => ({ dest: `${root}/empty`, src: 'site', directory_mode: '0711', mode: '0604' }))],
  [
    'a file of the host',
    caseOf(copy, (root) => ({ dest: `${root}/copy`, src: `${root}/conf`, remote_src: true, mode: 'preserve' })),
  ],
  ['a folder of the host', caseOf(copy, (root) => ({ dest: `${root}/empty`, src: `${root}/tree`, remote_src: true }))],
  ['directories', caseOf(file, (root) => ({ path: `${root}/p/q/r`, state: 'directory' as const, mode: '0750' }))],
  ['rights', caseOf(file, (root) => ({ path: `${root}/conf`, mode: 'a+r,u+x', owner: 'daemon', group: 1 }))],
  [
    'rights of a tree',
    caseOf(file, (root) => ({ path: `${root}/tree`, recurse: true, mode: '0700', owner: 'daemon' })),
  ],
  ['rights of a tree, each its own', caseOf(file, (root) => ({ path: `${root}/tree`, recurse: true, mode: 'go-rwx' }))],
  ['absence', caseOf(file, (root) => ({ path: `${root}/tree`, state: 'absent' as const }))],
  ['a link', caseOf(file, (root) => ({ path: `${root}/l`, src: 'conf', state: 'link' as const }))],
  [
    'a link over a file',
    caseOf(file, (root) => ({ path: `${root}/conf`, src: 'tree/one', state: 'link' as const, force: true })),
  ],
  ['a hard link', caseOf(file, (root) => ({ path: `${root}/h`, src: `${root}/conf`, state: 'hard' as const }))],
  ['a line', caseOf(lineinfile, (root) => ({ path: `${root}/link`, regexp: '^a=', line: 'a=2', mode: '0600' }))],
  ['a line in a new file', caseOf(lineinfile, (root) => ({ path: `${root}/n/f`, line: 'a', create: true }))],
  ['a block', caseOf(blockinfile, (root) => ({ path: `${root}/conf`, block: 'x\ny', insertbefore: 'BOF' }))],
  ['replaced text', caseOf(replace, (root) => ({ path: `${root}/conf`, regexp: '^# (b)', replace: String.raw`\1` }))],
  ['an option', caseOf(iniFile, (root) => ({ path: `${root}/conf`, section: 'one', option: 'x', value: 2 }))],
  [
    'a setting of the kernel',
    caseOf(sysctl, (root) => ({
      name: 'vm.overcommit_ratio',
      value: 51,
      sysctl_file: `${root}/sysctl`,
      reload: false,
    })),
  ],
  [
    'a mount at boot',
    caseOf(mount, (root) => ({
      path: '/mnt/a b',
      src: 'LABEL=x',
      fstype: 'ext4',
      state: 'present' as const,
      fstab: `${root}/fstab`,
    })),
  ],
  ['a fetched file', caseOf(getUrl, (root) => ({ url: `file://${root}/conf`, dest: `${root}/empty/`, mode: '0600' }))],
  [
    'a fetched file with its sum',
    caseOf(getUrl, (root) => ({
      url: `file://${root}/tree/one`,
      dest: `${root}/conf`,
      checksum: `sha256:${sha256Hex('1')}`,
    })),
  ],
  [
    'an archive',
    caseOf(unarchive, (root) => ({ src: 'pack.tar.gz', dest: `${root}/empty`, mode: 'u+w', owner: 'daemon' })),
  ],
  [
    'an archive, with an option',
    caseOf(unarchive, (root) => ({ src: 'pack.tar.gz', dest: `${root}/empty`, extra_opts: '-m' })),
  ],
  [
    'a command that leaves a file',
    caseOf(command, (root) => ({ cmd: 'touch "new file"', creates: 'new*', chdir: root })),
  ],
  [
    'a script that leaves a file',
    caseOf(script, (root) => ({ cmd: `say.sh "two words" b ${root}/said`, creates: `${root}/said` })),
  ],
];
