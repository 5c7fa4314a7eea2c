import { expect, test } from 'vitest';

import { file } from '../../../src/modules/file.ts';
import type { FakeState } from '../../helpers/fake-host.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const host: FakeState = {
  files: {
    '/etc/motd': { content: 'a', owner: 'daemon' },
    '/etc/app': { type: 'directory', mode: '2755' },
    '/etc/app/one': { content: 'a', mode: '600' },
    '/etc/app/bin': { type: 'directory', mode: '700' },
    '/etc/app/link': { target: 'one' },
    '/etc/link': { target: 'motd' },
    '/etc/broken': { target: 'nowhere' },
    '/dev/null': { type: 'other' },
  },
};

test.each([
  ['a directory that is there', { path: '/etc/app', state: 'directory' }, []],
  [
    'a directory with other rights',
    { path: '/etc/app', state: 'directory', mode: '0755' },
    ['set mode 755 of /etc/app'],
  ],
  [
    'a symbolic mode keeps what it does not name',
    { path: '/etc/app', state: 'directory', mode: 'g+w' },
    ['set mode 2775 of /etc/app'],
  ],
  ['a new directory', { path: '/opt/app', state: 'directory', mode: '0700' }, ['make directory /opt/app']],
  ['new directories', { path: '/opt/a/b/', state: 'directory' }, ['make directory /opt/a', 'make directory /opt/a/b']],
  ['rights of a file', { path: '/etc/motd', mode: '0640', owner: 'root' }, ['set mode 640, owner root of /etc/motd']],
  ['rights that are right', { path: '/etc/motd', mode: '0644', owner: 'daemon', state: 'file' }, []],
  ['a new link', { path: '/etc/new', src: 'motd', state: 'link' }, ['link /etc/new to motd']],
  ['a link that is right', { path: '/etc/link', src: 'motd', state: 'link' }, []],
  [
    'a link that leads elsewhere',
    { path: '/etc/link', src: '/etc/hosts', state: 'link' },
    ['link /etc/link to /etc/hosts'],
  ],
  ['a link over a file', { path: '/etc/motd', src: 'hosts', state: 'link', force: true }, ['link /etc/motd to hosts']],
  ['absence of what is absent', { path: '/etc/nope', state: 'absent' }, []],
  ['absence of a file', { path: '/etc/motd', state: 'absent' }, ['remove file /etc/motd']],
  ['absence of a directory', { path: '/etc/app', state: 'absent' }, ['remove directory /etc/app']],
  ['absence of a link, not of what it leads to', { path: '/etc/link', state: 'absent' }, ['remove link /etc/link']],
  ['touching what is absent', { path: '/etc/new', state: 'touch', mode: '0600' }, ['make the empty file /etc/new']],
  ['touching what is there', { path: '/etc/motd', state: 'touch' }, ['renew the times of /etc/motd']],
  [
    'touching without new times',
    { path: '/etc/motd', state: 'touch', modification_time: 'preserve', access_time: 'preserve' },
    [],
  ],
  ['another name for the path', { dest: '/etc/motd', mode: '0600' }, ['set mode 600 of /etc/motd']],
  ['a whole tree, mode', { path: '/etc/app', recurse: true, mode: '0700' }, ['set the rights of 2 paths in /etc/app']],
  [
    'a whole tree, each with its own',
    { path: '/etc/app', recurse: true, mode: 'go-rwx' },
    ['set mode 2700 of /etc/app'],
  ],
  [
    'a whole tree, execution only where it makes sense',
    { path: '/etc/app', recurse: true, mode: 'a+rX' },
    ['set mode 755 of /etc/app/bin', 'set mode 644 of /etc/app/one'],
  ],
  ['a tree that is not there', { path: '/opt/new', recurse: true }, ['make directory /opt/new']],
] as const)('%s', async (_title, args, says) => {
  expect(await saysOf(planModule(file, args, { host }))).toEqual(says);
});

test.each([
  [{ path: '/etc/nope', mode: '0600' }, 'there is no /etc/nope'],
  [{ path: '/etc/motd', state: 'directory' }, '/etc/motd is not a directory'],
  [{ path: '/etc/motd', src: 'a', state: 'link' }, '/etc/motd exists and is a file, not a link'],
  [{ path: '/etc/app', src: 'a', state: 'link', force: true }, '/etc/app exists and is a directory, not a link'],
  [{ path: '/', state: 'absent' }, 'the root directory cannot be removed'],
  [{ path: '/opt/none/a', src: 'b', state: 'link' }, 'there is no directory /opt/none'],
  [{ path: '/opt/none/a', state: 'touch' }, 'there is no directory /opt/none'],
  [{ path: '/etc/motd/a/b', state: 'directory' }, '/etc/motd is not a directory'],
  [{ path: '/etc/broken', state: 'directory' }, '/etc/broken is a link that leads nowhere'],
] as const)('%j: %s', async (args, message) => {
  await expect(planModule(file, args, { host })).rejects.toThrow(message);
});

test('a hard link is recognised by what it leads to', async () => {
  const args = { path: '/etc/motd', src: '/etc/hosts', state: 'hard', force: true } as const;
  const files = { ...host.files, '/etc/hosts': '' };
  const same = { ...host, files, probes: [{ when: '-ef', exitCode: 0 }] };
  const other = { ...host, files, probes: [{ when: '-ef', exitCode: 1 }] };

  expect(await saysOf(planModule(file, args, { host: same }))).toEqual([]);
  expect(await saysOf(planModule(file, args, { host: other }))).toEqual(['link /etc/motd hard to /etc/hosts']);
});

test('every new directory gets the rights', async () => {
  const { steps } = await planModule(file, { path: '/opt/a/b', state: 'directory', mode: '0700', owner: 'app' });

  expect(steps.map(({ do: op }) => op)).toEqual([
    { kind: 'directory', path: '/opt/a', mode: '700', owner: 'app' },
    { kind: 'directory', path: '/opt/a/b', mode: '700', owner: 'app' },
  ]);
});

test('a tree is one recursive op, whose diff names every path', async () => {
  const { steps } = await planModule(file, { path: '/etc/app', recurse: true, mode: '0700' }, { host });

  expect(steps[0]).toEqual({
    say: 'set the rights of 2 paths in /etc/app',
    do: { kind: 'attributes', path: '/etc/app', recursive: true, mode: '700' },
    diff: {
      of: '/etc/app',
      before: '/etc/app: mode: 2755\n/etc/app/one: mode: 600\n',
      after: '/etc/app: mode: 700\n/etc/app/one: mode: 700\n',
    },
  });
});

test.each([[{ state: 'absent' }], [{ path: '/a', dest: '/b' }], [{ path: '/a', state: 'link' }], [{ path: 'a' }]])(
  'arguments %j are refused',
  (args) => {
    expect(file.args.safeParse(args).success).toBe(false);
  },
);
