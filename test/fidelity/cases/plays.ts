import type { Case, TaskSpec, Traits } from '../case.ts';

function play(
  state: string,
  asks: string,
  prepare: string,
  tasks: readonly TaskSpec[],
  more: Traits & Pick<Case, 'handlers'> = {},
): Case {
  return { module: '(plays)', state, asks, prepare, tasks, ...more };
}

const task = (module: string, args: TaskSpec['args'], keywords?: TaskSpec['keywords']): TaskSpec => ({
  module,
  args,
  ...(keywords && { keywords }),
});

const unitFile = '[Service]\nExecStart=/bin/sleep infinity\n[Install]\nWantedBy=multi-user.target\n';
const unitPath = '/etc/systemd/system/s@n.service';
const unitLook =
  'systemctl show s@n -p LoadState,ActiveState,UnitFileState; cat /etc/systemd/system/s@n.service 2>/dev/null; :';
const accountLook = 'getent passwd u@n; getent group u@n g@n; find . -printf "%P %y %m %u:%g %l\\n" | sort; :';

/** Tasks that build on each other. */
export const playCases: readonly Case[] = [
  play(
    'absent',
    'a file, then a line in it',
    ':',
    [
      task('copy', { dest: '@d/t', content: 'one\n' }),
      task('lineinfile', { path: '@d/t', line: 'two' }),
      task('replace', { path: '@d/t', regexp: 'two', replace: 'three' }),
      task('blockinfile', { path: '@d/t', block: 'four' }),
      task('ini_file', { path: '@d/t', section: 's', option: 'o', value: 'v', mode: '0600' }),
      task('file', { path: '@d/t', owner: 'ops' }),
      task('stat', { path: '@d/t' }, { register: 'r@n' }),
      task('assert', { that: 'r@n.stat.mode == "0600"' }),
      task('slurp', { src: '@d/t' }),
    ],
    { repeats: true },
  ),
  play(
    'absent',
    'folders, files and links in them',
    ':',
    [
      task('file', { path: '@d/a/b', state: 'directory', mode: '0750' }),
      task('copy', { dest: '@d/a/b/', src: 'wanted.txt' }),
      task('copy', { dest: '@d/a/b', src: 'tree/' }),
      task('file', { path: '@d/l', src: 'a/b', state: 'link' }),
      task('lineinfile', { path: '@d/l/wanted.txt', line: 'more' }),
      task('file', { path: '@d/a', owner: 'ops', recurse: true }),
      task('find', { paths: '@d/a', recurse: true }),
      task('template', { src: 'wanted.hbs', dest: '@d/l/', mode: '0600' }),
    ],
    { repeats: true },
  ),
  play(
    'a directory',
    'gone, then a link',
    'mkdir t; echo x >t/x',
    [task('file', { path: '@d/t', state: 'absent' }), task('file', { path: '@d/t', src: '../real', state: 'link' })],
    { repeats: true },
  ),
  play(
    'a directory',
    'gone, then a file',
    'mkdir t; echo x >t/x',
    [
      task('file', { path: '@d/t', state: 'absent' }),
      task('copy', { dest: '@d/t', content: 'x\n' }),
      task('stat', { path: '@d/t/x' }),
    ],
    { repeats: true },
  ),
  play(
    'a file',
    'gone, then a directory with a file',
    'echo x >t',
    [
      task('file', { path: '@d/t', state: 'absent' }),
      task('file', { path: '@d/t', state: 'directory' }),
      task('copy', { dest: '@d/t/', src: 'wanted.txt' }),
    ],
    { repeats: true },
  ),
  play(
    'a directory',
    'gone, made again, filled',
    'mkdir t; echo x >t/wanted.txt',
    [
      task('file', { path: '@d/t', state: 'absent' }),
      task('copy', { dest: '@d/t/', src: 'wanted.txt' }),
      task('file', { path: '@d/t', mode: '0700', recurse: true }),
      task('find', { paths: '@d/t' }),
    ],
    { repeats: true },
  ),
  play(
    'a link to a file',
    'gone, then a file',
    'echo x >real; ln -s real t',
    [
      task('file', { path: '@d/t', state: 'absent' }),
      task('copy', { dest: '@d/t', content: 'y\n' }),
      task('slurp', { src: '@d/real' }),
    ],
    { repeats: true },
  ),
  play(
    'absent',
    'a link, then what it leads to, then a line',
    ':',
    [
      task('file', { path: '@d/t', src: 'real', state: 'link' }),
      task('copy', { dest: '@d/real', content: 'x\n' }),
      task('lineinfile', { path: '@d/t', line: 'y' }),
    ],
    { repeats: true },
  ),
  play('a file', 'a line through a link, then the file', 'echo x >real; ln -s real t', [
    task('lineinfile', { path: '@d/t', line: 'y' }),
    task('lineinfile', { path: '@d/real', line: 'y' }),
    task('file', { path: '@d/t', mode: '0600' }),
    task('file', { path: '@d/real', mode: '0600' }),
  ]),
  play('absent', 'gone twice', 'echo x >t', [
    task('file', { path: '@d/t', state: 'absent' }),
    task('file', { path: '@d/t', state: 'absent' }),
  ]),
  play('absent', 'the same twice', ':', [
    task('copy', { dest: '@d/t', content: 'x\n' }),
    task('copy', { dest: '@d/t', content: 'x\n' }),
    task('file', { path: '@d/t', mode: '0600' }),
    task('copy', { dest: '@d/t', content: 'x\n', mode: '0600' }),
  ]),
  play(
    'absent',
    'a group, an account, what it owns',
    ':',
    [
      task('group', { name: 'g@n' }),
      task('user', { name: 'u@n', group: 'g@n', create_home: false }),
      task('file', { path: '@d/t', state: 'directory', owner: 'u@n', group: 'g@n' }),
      task('copy', { dest: '@d/t/f', content: 'x\n', owner: 'u@n', mode: '0600' }),
      task('file', { path: '@d/t/f', owner: 'u@n' }),
    ],
    { look: accountLook },
  ),
  play(
    'an account',
    'a shell, a file of it, gone',
    'useradd -M u@n',
    [
      task('copy', { dest: '@d/f', content: 'x\n', owner: 'u@n' }),
      task('user', { name: 'u@n', shell: '/bin/bash', create_home: false }),
      task('user', { name: 'u@n', shell: '/bin/bash', create_home: false }),
    ],
    { look: accountLook },
  ),
  play(
    'absent',
    'an account with a home, its key',
    ':',
    [
      task('user', { name: 'u@n', shell: '/bin/bash' }),
      task('authorized_key', { user: 'u@n', key: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ1K b' }),
    ],
    { look: `${accountLook}; cat /home/u@n/.ssh/authorized_keys 2>/dev/null; :` },
  ),
  play(
    'no unit',
    'its file, then started and enabled',
    ':',
    [
      task('copy', { dest: unitPath, content: unitFile }),
      task('service', { name: 's@n', state: 'started', enabled: true, daemon_reload: true }),
      task('service', { name: 's@n', state: 'started', enabled: true }),
    ],
    { look: unitLook },
  ),
  play(
    'a unit that runs',
    'another file, read again, restarted by a handler',
    `printf '${unitFile.replaceAll('\n', '\\n')}' >${unitPath}; @later systemctl enable --now -q s@n`,
    [
      task('copy', { dest: unitPath, content: `# new\n${unitFile}` }, { notify: 'restart @n' }),
      task('service', { name: 's@n', state: 'started', enabled: true }),
    ],
    {
      look: unitLook,
      handlers: [{ ...task('service', { name: 's@n', state: 'restarted', daemon_reload: true }), name: 'restart @n' }],
    },
  ),
  play(
    'a unit that runs',
    'another file, read again at once',
    `printf '${unitFile.replaceAll('\n', '\\n')}' >${unitPath}; @later systemctl enable --now -q s@n`,
    [
      task('copy', { dest: unitPath, content: `# new\n${unitFile}` }),
      task('service', { name: 's@n', state: 'started', enabled: true, daemon_reload: true }),
      task('service', { name: 's@n', state: 'started', daemon_reload: true }),
    ],
    { look: unitLook },
  ),
  play(
    'a unit that runs',
    'a drop-in, stopped, started',
    `printf '${unitFile.replaceAll('\n', '\\n')}' >${unitPath}; @later systemctl enable --now -q s@n`,
    [
      task('file', { path: `${unitPath}.d`, state: 'directory' }),
      task('copy', { dest: `${unitPath}.d/a.conf`, content: '[Service]\n' }),
      task('service', { name: 's@n', state: 'stopped', daemon_reload: true }),
      task('service', { name: 's@n', state: 'started' }),
    ],
    { look: unitLook, repeats: true, isUnseen: true },
  ),
  play(
    'a unit that runs',
    'masked, then gone',
    `printf '${unitFile.replaceAll('\n', '\\n')}' >${unitPath}; @later systemctl enable --now -q s@n`,
    [
      task('service', { name: 's@n', state: 'stopped', enabled: false }),
      task('file', { path: unitPath, state: 'absent' }),
      task('service', { name: 's@n', state: 'stopped' }),
    ],
    { look: unitLook },
  ),
  play(
    'a unit that runs',
    'stopped and masked, unmasked and started',
    `printf '${unitFile.replaceAll('\n', '\\n')}' >/usr/lib/systemd/system/s@n.service; @later systemctl start s@n`,
    [
      task('service', { name: 's@n', state: 'stopped', masked: true }),
      task('service', { name: 's@n', masked: false, state: 'started', enabled: true }),
    ],
    { look: unitLook, repeats: true },
  ),
  play(
    'no package',
    'a package, and what it brings',
    ':',
    [
      task('package', { name: 'p@n' }),
      task('lineinfile', { path: '/etc/p@n.conf', line: 'more' }),
      task('package', { name: 'p@n' }),
    ],
    { look: "dpkg-query -W -f '${Package} ${Version} ${Status}\\n' p@n 2>/dev/null; cat /etc/p@n.conf 2>/dev/null; :" },
  ),
  play(
    'a package',
    'gone, and its file',
    'echo p@n=2 >>/fid/packages',
    [
      task('package', { name: 'p@n', state: 'absent', purge: true }),
      task('file', { path: '/etc/p@n.conf', state: 'absent' }),
      task('package', { name: 'p@n', state: 'absent' }),
    ],
    { look: "dpkg-query -W -f '${Package} ${Version} ${Status}\\n' p@n 2>/dev/null; cat /etc/p@n.conf 2>/dev/null; :" },
  ),
  play(
    'absent',
    'an archive, and the rights of what is in it',
    'mkdir t',
    [
      task('unarchive', { src: 'tree.tgz', dest: '@d/t' }),
      task('file', { path: '@d/t/inner/x', mode: '0600' }),
      task('lineinfile', { path: '@d/t/inner/x', line: 'more' }),
    ],
    { repeats: true },
  ),
  play('absent', 'an archive that is brought, then unpacked', 'mkdir t', [
    task('copy', { src: 'tree.tgz', dest: '@d/a.tgz' }),
    task('unarchive', { src: '@d/a.tgz', dest: '@d/t', remote_src: true }),
    task('find', { paths: '@d/t', recurse: true }),
  ]),
  play('absent', 'a command, and the file that it makes', ':', [
    task('shell', { cmd: 'echo x >t', chdir: '@d', creates: '@d/t' }, { undo: 'rm -f @d/t' }),
    task('copy', { dest: '@d/other', content: 'y\n' }),
    task('lineinfile', { path: '@d/t', line: 'x' }),
  ]),
  play('absent', 'a result, and what depends on it', ':', [
    task('command', { cmd: 'echo hello' }, { register: 'r@n', changed_when: false }),
    task('copy', { dest: '@d/t', content: '{{ r@n.stdout }}\n' }),
    task('debug', { msg: 'hello' }, { when: 'r@n.rc == 0' }),
    task('copy', { dest: '@d/u', content: 'u\n' }),
  ]),
  play('absent', 'a result that is known beforehand', ':', [
    task('command', { cmd: 'echo hello' }, { register: 'r@n', changed_when: false, check_mode: false }),
    task('copy', { dest: '@d/t', content: '{{ r@n.stdout }}\n' }),
    task('stat', { path: '@d/t' }, { register: 's@n' }),
    task('copy', { dest: '@d/u', content: 'u\n' }, { when: 's@n.stat.exists' }),
    task('set_fact', { 'v@n': 'x' }),
    task('copy', { dest: '@d/v', content: '{{ v@n }}\n' }),
  ]),
  play(
    'absent',
    'a handler that writes what another one reads',
    ':',
    [
      task('copy', { dest: '@d/t', content: 'x\n' }, { notify: ['first @n', 'second @n'] }),
      task('copy', { dest: '@d/t', content: 'x\n' }, { notify: 'third @n' }),
      task('copy', { dest: '@d/u', content: 'x\n' }, { notify: 'first @n' }),
    ],
    {
      handlers: [
        { ...task('copy', { dest: '@d/h', content: 'h\n' }), name: 'first @n' },
        { ...task('lineinfile', { path: '@d/h', line: 'i' }), name: 'second @n' },
        { ...task('copy', { dest: '@d/never', content: 'h\n' }), name: 'third @n' },
      ],
      repeats: true,
    },
  ),
  play(
    'absent',
    'a template that is checked with a file of before',
    ':',
    [
      task('copy', { dest: '@d/words', content: 'wanted\n' }),
      task('template', { src: 'wanted.hbs', dest: '@d/t', validate: 'grep -q wanted %s' }),
      task('replace', { path: '@d/t', regexp: 'wanted', replace: 'found' }),
    ],
    { repeats: true },
  ),
  play(
    'absent',
    'copies of copies',
    ':',
    [
      task('copy', { dest: '@d/t', content: 'x\n', mode: '0600' }),
      task('copy', { src: '@d/t', dest: '@d/u', remote_src: true, mode: 'preserve' }),
      task('lineinfile', { path: '@d/u', line: 'y' }),
      task('copy', { src: '@d/u', dest: '@d/v', remote_src: true }),
    ],
    { repeats: true },
  ),
];
