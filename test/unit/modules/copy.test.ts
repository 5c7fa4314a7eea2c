import { expect, test } from 'vitest';

import { sha256Hex } from '../../../src/base/digest.ts';
import { copy } from '../../../src/modules/copy.ts';
import { fakeReader } from '../../helpers/fake-host.ts';
import { planModule, saysOf } from '../../helpers/plan-module.ts';

const motd = { dest: '/etc/motd', content: 'Welcome.\n' };

test('an absent file is written, with everything the plan has to show', async () => {
  const planned = await planModule(copy, { ...motd, mode: '0600', owner: 'root' });

  expect(planned).toEqual({
    steps: [
      {
        say: 'write /etc/motd (mode 600, owner root)',
        do: {
          kind: 'file',
          path: '/etc/motd',
          content: { from: 'text', text: 'Welcome.\n' },
          mode: '600',
          owner: 'root',
        },
        diff: { of: '/etc/motd', before: '', after: 'Welcome.\n' },
      },
    ],
    result: { dest: '/etc/motd', checksum: sha256Hex('Welcome.\n'), size: 9 },
  });
});

test.each([
  ['the same content', 'Welcome.\n', {}, []],
  ['other content', 'Old.\n', {}, ['write /etc/motd']],
  ['other content, to be kept', 'Old.\n', { force: false, mode: '0600' }, []],
  ['other rights', 'Welcome.\n', { mode: '0600', group: 'adm' }, ['set mode 600, group adm of /etc/motd']],
  ['both', 'Old.\n', { mode: '0600' }, ['write /etc/motd (mode 600)']],
  ['the rights as a number and a symbol', 'Welcome.\n', { mode: 'u=rw,go=r', owner: 0 }, []],
])('over %s', async (_title, content, more, says) => {
  const host = { files: { '/etc/motd': content } };

  expect(await saysOf(planModule(copy, { ...motd, ...more }, { host }))).toEqual(says);
});

test('the rights that change are a small diff of their own', async () => {
  const host = { files: { '/etc/motd': { content: 'Welcome.\n', owner: 'daemon' } } };

  const { steps } = await planModule(copy, { ...motd, mode: '0600', owner: 'root' }, { host });

  expect(steps[0]?.diff).toEqual({
    of: '/etc/motd',
    before: 'mode: 644\nowner: daemon\n',
    after: 'mode: 600\nowner: root\n',
  });
});

test('a small file costs one question, and one about its folder with it', async () => {
  const host = fakeReader({ files: { '/etc/motd': 'Old.\n' } });

  await planModule(copy, motd, { host });

  expect(host.asked).toEqual(['path /etc/motd follow content', 'path /etc follow']);
});

test('of a large file only the sum is asked for, and the content for a diff when it differs', async () => {
  const content = 'x'.repeat(40_000);
  const host = fakeReader({ files: { '/etc/motd': 'Old.\n' } });

  const { steps } = await planModule(copy, { ...motd, content }, { host });

  expect(host.asked).toEqual(['path /etc/motd follow sum', 'path /etc follow', 'path /etc/motd follow content']);
  expect(steps[0]?.diff?.before).toBe('Old.\n');
});

test('binary content is named by its sum', async () => {
  const old = Buffer.from([0, 1, 2]);
  const host = { files: { '/opt/tool': { content: old, mode: '755' } } };
  const files = { tool: Buffer.from([0, 255, 7]) };

  const { steps } = await planModule(copy, { src: 'tool', dest: '/opt/tool' }, { host, files });

  expect(steps[0]).toEqual({
    say: 'write /opt/tool',
    do: {
      kind: 'file',
      path: '/opt/tool',
      content: { from: 'controller', file: 'files/tool', sha256: sha256Hex(files.tool), sizeBytes: 3 },
    },
    diff: {
      of: '/opt/tool',
      before: `3 bytes, sha256 ${sha256Hex(old)}\n`,
      after: `3 bytes, sha256 ${sha256Hex(files.tool)}\n`,
    },
  });
});

test('text that is not UTF-8 on the host is not shown as text', async () => {
  const host = { files: { '/etc/motd': { content: Buffer.from([0xe9, 10]) } } };

  const { steps } = await planModule(copy, motd, { host });

  expect(steps[0]?.diff?.before).toMatch(/^2 bytes, sha256 /);
});

test.each([
  ['/etc/app.conf', { '/etc/app.conf': 'old' }, ['write /etc/app.conf']],
  ['/etc', { '/etc': { type: 'directory' } }, ['write /etc/local.conf']],
  ['/etc/', { '/etc': { type: 'directory' } }, ['write /etc/local.conf']],
  ['/etc/app/', {}, ['make directory /etc/app', 'write /etc/app/local.conf']],
  ['/opt/a/b/', {}, ['make directory /opt/a', 'make directory /opt/a/b', 'write /opt/a/b/local.conf']],
  ['~/app.conf', {}, ['write /root/app.conf']],
] as const)('a file put to %s', async (dest, paths, says) => {
  const planned = planModule(
    copy,
    { src: 'local.conf', dest },
    { host: { files: paths }, files: { 'local.conf': 'a' } },
  );

  expect(await saysOf(planned)).toEqual(says);
});

test('text needs the name of a file', async () => {
  const host = { files: { '/etc': { type: 'directory' } } } as const;

  await expect(planModule(copy, { content: 'a', dest: '/etc' }, { host })).rejects.toThrow('/etc is a directory');
});

test('`preserve` is the mode of the source', async () => {
  const { steps } = await planModule(copy, { src: 'a', dest: '/etc/a', mode: 'preserve' }, { files: { a: 'a' } });

  expect(steps[0]?.do).toMatchObject({ mode: '640' });
});

const tree = { 'conf/app.conf': 'a\n', 'conf/d/one.conf': '1\n' };

test('a folder is put inside the destination', async () => {
  const host = { files: { '/etc': { type: 'directory' } } } as const;

  expect(await saysOf(planModule(copy, { src: 'conf', dest: '/etc' }, { host, files: tree }))).toEqual([
    'make directory /etc/conf',
    'make directory /etc/conf/d',
    'write /etc/conf/app.conf',
    'write /etc/conf/d/one.conf',
  ]);
});

test('with a slash at its end, what is in the folder is put there', async () => {
  const host = { files: { '/etc': { type: 'directory' }, '/etc/app.conf': 'a\n' } } as const;
  const args = { src: 'conf/', dest: '/etc', directory_mode: '0700', mode: '0600' };

  const { steps } = await planModule(copy, args, { host, files: tree });

  expect(steps.map(({ say, do: op }) => [say, 'mode' in op ? op.mode : ''])).toEqual([
    ['make directory /etc/d', '700'],
    ['set mode 600 of /etc/app.conf', '600'],
    ['write /etc/d/one.conf (mode 600)', '600'],
  ]);
});

test('a file of the host is compared and copied there', async () => {
  const host = { files: { '/etc/hosts': { content: '127.0.0.1 a\n', mode: '600' } } };
  const args = { src: '/etc/hosts', dest: '/etc/hosts.orig', remote_src: true, mode: 'preserve' };

  const { steps } = await planModule(copy, args, { host });

  const content = { from: 'host', path: '/etc/hosts', sha256: sha256Hex('127.0.0.1 a\n') };
  expect(steps[0]?.do).toEqual({ kind: 'file', path: '/etc/hosts.orig', content, mode: '600' });
});

test('a folder of the host is copied with its links', async () => {
  const files = {
    '/opt/a': { type: 'directory' },
    '/opt/a/bin': { type: 'directory', mode: '700' },
    '/opt/a/bin/tool': { content: 'x', mode: '755' },
    '/opt/a/current': { target: 'bin/tool' },
    '/opt/b': { type: 'directory' },
  } as const;
  const args = { src: '/opt/a/', dest: '/opt/b', remote_src: true, mode: 'preserve' };

  expect(await saysOf(planModule(copy, args, { host: { files } }))).toEqual([
    'make directory /opt/b/bin',
    'write /opt/b/bin/tool (mode 755)',
    'link /opt/b/current to bin/tool',
  ]);
});

test('a source that is not there is found before a host is touched', async () => {
  await expect(planModule(copy, { src: 'nope', dest: '/etc/a' })).rejects.toThrow('there is no file nope');
  await expect(planModule(copy, { src: '/nope', dest: '/etc/a', remote_src: true })).rejects.toThrow(
    'there is no /nope on the host',
  );
});

test.each(['0999', 'u=z', '8', 493])('mode %j is refused', (mode) => {
  expect(copy.args.safeParse({ ...motd, mode }).success).toBe(false);
});

test.each(['etc/motd', './motd', '/etc/motd\n', '/etc/\0'])('the path %j is refused', (dest) => {
  expect(copy.args.safeParse({ ...motd, dest }).success).toBe(false);
});

test('a list as content becomes JSON', async () => {
  const { steps } = await planModule(copy, { dest: '/etc/a.json', content: { a: [1, true] } });

  expect(steps[0]?.diff?.after).toBe('{"a": [1, true]}');
});

test('the check of the new file goes along', async () => {
  const { steps } = await planModule(copy, { ...motd, validate: 'visudo -cf %s' });

  expect(steps[0]?.do).toMatchObject({ validate: { text: 'visudo -cf %s' } });
  expect(copy.args.safeParse({ ...motd, validate: 'visudo' }).success).toBe(false);
});

test.each([
  ['/opt/none/file', 'there is no directory /opt/none'],
  ['/etc/motd/file', '/etc/motd is not a directory'],
])('a file cannot be put at %s: %s', async (dest, message) => {
  const plan = planModule(copy, { dest, content: 'x' }, { host: { files: { '/etc/motd': '' } } });

  await expect(plan).rejects.toMatchObject({ code: 'task-failed', message });
});
