import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { ConfigError } from '../../../src/base/errors.ts';
import { hostsOf } from '../../../src/inventory/inventory.ts';
import { loadInventory } from '../../../src/inventory/load-inventory.ts';

const cwd = mkdtempSync(path.join(tmpdir(), 'k3sbox-inventory-'));
afterAll(() => rmSync(cwd, { recursive: true }));

function write(file: string, text: string, mode = 0o644): void {
  mkdirSync(path.dirname(path.join(cwd, file)), { recursive: true });
  writeFileSync(path.join(cwd, file), text);
  chmodSync(path.join(cwd, file), mode);
}

async function hosts(...sources: readonly string[]): Promise<readonly string[]> {
  return hostsOf(await loadInventory(sources, cwd), 'all');
}

async function problem(...sources: readonly string[]): Promise<string> {
  try {
    await loadInventory(sources, cwd);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.diagnostics.map(({ span, message, hint }) => `${span.file}: ${message} | ${hint ?? ''}`).join('\n');
  }
  return '';
}

write('inventories/prod.yaml', 'all: {hosts: {p1: {x: 1}}}');
write('inventories/stage.ini', '[web]\ns1 x=1\n');
write('inventories/lab/hosts.ini', '[lab]\nl1 x=1 y=1\n');
write('inventories/lab/more.yaml', 'all: {hosts: {l1: {x: 2}, l2: }}');
write('inventories/lab/group_vars/all.yaml', 'a: 1');
write('inventories/lab/notes.md', 'not an inventory');
write('inventories/lab/old.ini~', '[');
write('hosts', '[web]\nh1\n');
write('yamlhosts', '# comment\nall:\n  hosts:\n    y1:\n');
write('static.json', '{"all": {"hosts": {"j1": null}}}');
write('listing.json', '{"web": {"hosts": ["d[1:2]"], "vars": {"v": 1}}, "_meta": {"hostvars": {"d1": {"x": 5}}}}');
write(
  'script',
  '#!/bin/sh\necho \'{"web": {"hosts": ["a1"], "children": ["sub"], "vars": {"v": 1}}, "sub": ["a2"], "_meta": {"hostvars": {"a1": {"x": 1}}}}\'\n',
  0o755,
);
write(
  'asking',
  '#!/bin/sh\nif [ "$1" = --list ]; then echo \'{"web": ["q1", "q2"]}\'; else echo "{\\"name\\": \\"$2\\"}"; fi\n',
  0o755,
);
write('broken', '#!/bin/sh\necho no cloud today >&2\nexit 3\n', 0o755);
write('chatty', '#!/bin/sh\necho hello\n', 0o755);
write('asleep', '#!/bin/sh\necho {}\n', 0o644);
write('executable.ini', '[web]\nx1\n', 0o755);
write('vault.yml', '$ANSIBLE_VAULT;1.1;AES256\n3030\n');
write('empty/readme.md', '');

describe('sources', () => {
  test.each([
    [['prod'], ['p1']],
    [['stage'], ['s1']],
    [['lab'], ['l2', 'l1']],
    [['hosts'], ['h1']],
    [['./hosts'], ['h1']],
    [['yamlhosts'], ['y1']],
    [['static.json'], ['j1']],
    [['listing.json'], ['d1', 'd2']],
    [['script'], ['a1', 'a2']],
    [['executable.ini'], ['x1']],
    [['h1,'], ['h1']],
    [['h1, h[2:3]:2222'], ['h1', 'h2', 'h3']],
    [
      ['prod', 'stage'],
      ['p1', 's1'],
    ],
  ])('%j', async (sources, expected) => {
    expect(await hosts(...sources)).toEqual(expected);
  });

  test('merge in order: the later one wins', async () => {
    const { hosts: found } = await loadInventory(['lab'], cwd);

    expect(found.get('l1')?.vars.get('x')?.value).toBe(2);
    expect(found.get('l1')?.vars.get('y')?.value).toBe(1);
  });

  test('a script that has no _meta is asked for each host', async () => {
    const { hosts: found } = await loadInventory(['asking'], cwd);

    expect(found.get('q2')?.vars.get('name')?.value).toBe('q2');
  });

  test('folders are those of the sources', async () => {
    const { folders } = await loadInventory(['lab', 'hosts', 'h1,'], cwd);

    expect(folders).toEqual([path.join(cwd, 'inventories/lab'), cwd]);
  });

  test('a folder of variables may be a link to one', async () => {
    write('linked/hosts.yaml', 'all: {hosts: {k1: }}');
    symlinkSync('../inventories/lab/group_vars', path.join(cwd, 'linked/group_vars'));

    expect(await hosts('./linked')).toEqual(['k1']);
  });
});

describe('mistakes', () => {
  test.each([
    ['broken', 'broken: ', 'ended with exit code 3 | It said: no cloud today'],
    ['chatty', 'chatty: ', 'the output is no inventory'],
    ['asleep', 'asleep: ', 'the inventory is a script, but not executable | Run chmod +x asleep.'],
    ['vault.yml', 'vault.yml: ', 'the file is encrypted with ansible-vault'],
    ['empty', 'empty: ', 'there is no inventory in this folder'],
  ])('%s', async (source, file, expected) => {
    const found = await problem(source);

    expect(found).toContain(file);
    expect(found).toContain(expected);
  });

  test('a name that means nothing is answered with what there is', async () => {
    await expect(loadInventory(['prdo'], cwd)).rejects.toMatchObject({
      code: 'usage',
      message: 'there is no inventory inventories/prdo{.yaml,.yml,.json,.ini,/} or prdo',
      hint: 'Did you mean `prod`?',
    });
    await expect(loadInventory(['./nope.yaml'], cwd)).rejects.toMatchObject({
      message: 'there is no inventory ./nope.yaml',
      hint: 'There are lab, prod, stage in inventories/.',
    });
  });
});
