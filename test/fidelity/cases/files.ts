import { asks, type Case, matrix } from '../case.ts';
import { fileStates, someFileStates } from './paths.ts';

/** Modules that make, change and remove whole paths. */
export const fileCases: readonly Case[] = [
  ...matrix('file', fileStates, {
    ...asks({
      'to be there': { path: '@d/f/t' },
      'mode 0600': { path: '@d/f/t', mode: '0600' },
      'mode u+x,go-r': { path: '@d/f/t', mode: 'u+x,go-r' },
      'owner and group': { path: '@d/f/t', owner: 'ops', group: 'ops' },
      'a directory': { path: '@d/f/t', state: 'directory' },
      'a directory 0750 of ops': { path: '@d/f/t/', state: 'directory', mode: '0750', owner: 'ops' },
      'a directory and all below it': {
        path: '@d/f/t',
        state: 'directory',
        mode: 'u=rwX,go=',
        owner: 'ops',
        recurse: true,
      },
      'all below it 0700': { path: '@d/f/t', mode: '0700', recurse: true },
      'to be gone': { path: '@d/f/t', state: 'absent' },
      'a link': { path: '@d/f/t', src: '../real', state: 'link' },
      'a link, forced, of ops': { path: '@d/f/t', src: '../real', state: 'link', force: true, owner: 'ops' },
      'touched, times kept': {
        path: '@d/f/t',
        state: 'touch',
        modification_time: 'preserve',
        access_time: 'preserve',
        mode: '0640',
      },
    }),
    touched: { args: { path: '@d/f/t', state: 'touch' }, repeats: true, isUnseen: true },
    'a hard link': { args: { path: '@d/f/t', src: '/etc/hostname', state: 'hard' }, failsActing: [] },
    'a hard link, forced': { args: { path: '@d/f/t', src: '/etc/hostname', state: 'hard', force: true } },
  }),
  ...matrix('copy', fileStates, {
    ...asks({
      content: { dest: '@d/f/t', content: 'wanted\n' },
      'content, mode and owner': { dest: '@d/f/t', content: 'wanted\n', mode: '0640', owner: 'ops', group: 'ops' },
      'content, symbolic mode': { dest: '@d/f/t', content: 'wanted\n', mode: 'u+x,o=' },
      JSON: { dest: '@d/f/t', content: { a: [1, 'two'] } },
      'unless it is there': { dest: '@d/f/t', content: 'wanted\n', force: false },
      'a file': { dest: '@d/f/t', src: 'wanted.txt' },
      'a file, with its mode': { dest: '@d/f/t', src: 'wanted.txt', mode: 'preserve' },
      'a large file': { dest: '@d/f/t', src: 'large.bin', mode: '0644' },
      'into a folder': { dest: '@d/f/t/', src: 'wanted.txt' },
      'a tree': { dest: '@d/f/t', src: 'tree/', directory_mode: '0750' },
      'a tree by its name': { dest: '@d/f/t/', src: 'tree', mode: '0600', owner: 'ops' },
      'a file of the host': { dest: '@d/f/t', src: '/etc/hostname', remote_src: true },
      itself: { dest: '@d/f/t', src: '@d/f/t', remote_src: true, mode: '0600' },
      'a tree of the host': { dest: '@d/f/t', src: '/etc/skel/', remote_src: true },
      'with a check that passes': { dest: '@d/f/t', content: 'wanted\n', validate: 'grep -q wanted %s' },
    }),
    'with a check that fails': {
      args: { dest: '@d/f/t', content: 'wanted\n', validate: 'grep -q other %s' },
      failsActing: Object.keys(fileStates),
    },
  }),
  ...matrix('template', fileStates, {
    ...asks({
      rendered: { src: 'wanted.hbs', dest: '@d/f/t' },
      'mode and owner': { src: 'wanted.hbs', dest: '@d/f/t', mode: '0600', owner: 'ops' },
      'into a folder': { src: 'wanted.hbs', dest: '@d/f/t/', mode: '0644' },
      'unless it is there': { src: 'wanted.hbs', dest: '@d/f/t', force: false },
    }),
  }),
  ...matrix('get_url', fileStates, {
    ...asks({
      'unless it is there': { url: '@web/tool', dest: '@d/f/t' },
      'into a folder': { url: '@web/tool', dest: '@d/f/t/', mode: '0755' },
      'with its sum': { url: '@web/tool', dest: '@d/f/t', checksum: 'sha256:@toolsum', mode: '0700', owner: 'ops' },
    }),
    'a sum that it has not': {
      args: { url: '@web/tool', dest: '@d/f/t', checksum: `sha256:${'0'.repeat(64)}` },
      failsActing: Object.keys(fileStates),
    },
    always: { args: { url: '@web/tool', dest: '@d/f/t', force: true }, repeats: true },
    'what is not there': {
      args: { url: '@web/nothing', dest: '@d/f/t' },
      failsActing: Object.keys(fileStates),
    },
  }),
  ...matrix('unarchive', fileStates, {
    ...asks({
      'an archive': { src: 'tree.tgz', dest: '@d/f/t' },
      'with rights': { src: 'tree.tgz', dest: '@d/f/t', owner: 'ops', mode: 'u=rwX,go=' },
      'unless it was': { src: 'tree.tgz', dest: '@d/f/t', creates: '@d/f/t/x' },
      'without the first folder': { src: 'tree.tgz', dest: '@d/f/t', extra_opts: '--strip-components=1' },
    }),
  }),
  ...matrix('tempfile', someFileStates, {
    'a file': { args: { path: '@d/f', prefix: 'a.' }, repeats: true },
    'a directory': { args: { path: '@d/f', state: 'directory', suffix: '.d' }, repeats: true },
  }),
  ...matrix('slurp', fileStates, asks({ content: { src: '@d/f/t' } })),
  ...matrix('stat', fileStates, asks({ itself: { path: '@d/f/t' }, followed: { path: '@d/f/t/', follow: true } })),
  ...matrix(
    'find',
    someFileStates,
    asks({ files: { paths: '@d/f', recurse: true }, links: { paths: '@d/f', file_type: 'link' } }),
  ),
  ...matrix(
    'fetch',
    fileStates,
    asks(
      {
        'to the controller': { src: '@d/f/t', dest: 'fetched' },
        'if it is there': { src: '@d/f/t', dest: 'fetched/@n', flat: true, fail_on_missing: false },
      },
      { isUnseen: true, stays: true },
    ),
  ),
];
