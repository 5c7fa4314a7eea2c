import { chmodSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { sha256Hex } from '../../../src/base/digest.ts';
import { FileStore } from '../../../src/plan/local-files.ts';
import { folderWith } from '../../helpers/playbook-files.ts';

const at = { file: 'site.yaml', line: 1, column: 1, length: 1 };

function project() {
  const folder = folderWith({
    'role/files/a.txt': 'role/files',
    'role/templates/a.hbs': 'role/templates',
    'role/b.txt': 'role itself',
    'files/a.txt': 'playbook/files',
    'files/c.txt': 'playbook/files',
    'd.txt': 'playbook itself',
    'tree/z.txt': 'z',
    'tree/sub/inner.txt': 'inner',
    'tree/sub/deeper/x.txt': 'x',
  });
  const store = new FileStore();
  return { folder, store, files: store.within([join(folder, 'role'), folder]) };
}

test.each([
  ['a.txt', 'role/files'],
  ['b.txt', 'role itself'],
  ['c.txt', 'playbook/files'],
  ['d.txt', 'playbook itself'],
])('%s is found in %s', async (name, where) => {
  expect((await project().files.readText('files', name, at)).text).toBe(where);
});

test('templates have a folder of their own', async () => {
  expect((await project().files.readText('templates', 'a.hbs', at)).text).toBe('role/templates');
});

test('an absolute path is itself', async () => {
  const { folder, files } = project();

  expect((await files.readText('files', join(folder, 'd.txt'), at)).text).toBe('playbook itself');
});

test('what is nowhere names every place that was searched', async () => {
  const { folder, files } = project();
  const error = await files.stat('files', 'x', at).catch((thrown: unknown) => thrown);

  expect(error).toMatchObject({
    message: 'there is no file "x"',
    diagnostics: [
      {
        span: at,
        hint: `Looked for ${['role/files/x', 'role/x', 'files/x', 'x'].map((one) => join(folder, one)).join(', ')}.`,
      },
    ],
  });
});

test('a file is described by size, mode and sum, and again when it changes', async () => {
  const { folder, files } = project();
  const path = join(folder, 'd.txt');
  chmodSync(path, 0o640);

  const before = await files.stat('files', 'd.txt', at);
  expect(before).toEqual({
    file: path,
    isDirectory: false,
    sizeBytes: 15,
    sha256: sha256Hex('playbook itself'),
    mode: '640',
  });
  writeFileSync(path, 'Playbook itself');
  utimesSync(path, 1, 1);
  expect((await files.stat('files', 'd.txt', at)).sha256).toBe(sha256Hex('Playbook itself'));
  expect((await files.readText('files', 'd.txt', at)).text).toBe('Playbook itself');
});

test('a folder lists everything below it, folders included, links followed', async () => {
  const { folder, files } = project();
  symlinkSync(join(folder, 'role'), join(folder, 'tree/link'));

  const entries = await files.list('files', 'tree', at);

  expect(entries.map(({ path, isDirectory }) => (isDirectory ? `${path}/` : path))).toEqual([
    'link/',
    'link/b.txt',
    'link/files/',
    'link/files/a.txt',
    'link/templates/',
    'link/templates/a.hbs',
    'sub/',
    'sub/deeper/',
    'sub/deeper/x.txt',
    'sub/inner.txt',
    'z.txt',
  ]);
});

test('a link to a folder it is in is refused, and so is a file as a folder', async () => {
  const { folder, files } = project();
  symlinkSync(join(folder, 'tree'), join(folder, 'tree/sub/again'));

  await expect(files.list('files', 'tree', at)).rejects.toThrow('is a link to a folder that it is in');
  await expect(files.list('files', 'd.txt', at)).rejects.toThrow('is a file, not a folder');
  await expect(files.readText('files', 'tree', at)).rejects.toThrow('is a folder, not a file');
});
