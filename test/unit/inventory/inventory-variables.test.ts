import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { afterAll, describe, expect, test } from 'vitest';

import { ConfigError } from '../../../src/base/errors.ts';
import { readInventoryVariables } from '../../../src/inventory/inventory-variables.ts';
import { graphInventory, hostValues, listInventory } from '../../../src/inventory/list.ts';
import { loadInventory } from '../../../src/inventory/load-inventory.ts';
import { groupHosts, groupNames } from '../../../src/inventory/magic-variables.ts';

const root = mkdtempSync(path.join(tmpdir(), 'k3sbox-vars-'));
afterAll(() => rmSync(root, { recursive: true }));
let count = 0;

/** A folder of files, named by their paths. */
function folderOf(files: Readonly<Record<string, string>>): string {
  const folder = path.join(root, String(count++));
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    writeFileSync(path.join(folder, file), text);
  }
  return folder;
}

async function read(cwd: string, source = 'inv/hosts.ini') {
  const inventory = await loadInventory([source], cwd);
  const variables = await readInventoryVariables(inventory, { playbookFolder: path.join(cwd, 'play'), cwd });
  return { inventory, variables };
}

describe('precedence', () => {
  /** From the highest to the lowest, as measured with Ansible 2.14 by removing the winner again and again. */
  const places = [
    'play/host_vars/h1.yaml',
    'inv/host_vars/h1.yaml',
    'host line',
    'play/group_vars/child.yaml',
    'play/group_vars/parent.yaml',
    'inv/group_vars/child.yaml',
    'inv/group_vars/parent.yaml',
    'play/group_vars/all.yaml',
    'inv/group_vars/all.yaml',
    'child vars',
    'parent vars',
    'all vars',
  ];

  test.each(places.map((place, i) => [place, i] as const))('%s wins over all that follow', async (place, i) => {
    const left = places.slice(i);
    const vars = (name: string) => (left.includes(`${name} vars`) ? `[${name}:vars]\nx="${name} vars"\n` : '');
    const line = left.includes('host line') ? 'h1 x="host line"' : 'h1';
    const files = left.filter((one) => one.endsWith('.yaml')).map((file) => [file, `x: ${file}`] as const);
    const cwd = folderOf({
      ...Object.fromEntries(files),
      'inv/hosts.ini': `[child]\n${line}\n[parent:children]\nchild\n${vars('child')}${vars('parent')}${vars('all')}`,
    });

    const { variables } = await read(cwd);

    expect(hostValues(variables, 'h1')['x']).toBe(place);
  });

  test('a folder of files is read in the order of their names', async () => {
    const cwd = folderOf({
      'inv/hosts.ini': 'h1',
      'inv/group_vars/all/10-first.yml': 'x: 1\ny: 1',
      'inv/group_vars/all/20-second.yml': 'x: 2',
      'inv/group_vars/all/sub/30.yml': 'z: 3',
      'inv/group_vars/all/notes.md': 'x: 9',
      'inv/group_vars/all/.hidden.yml': 'x: 9',
    });

    const { variables } = await read(cwd);

    expect(hostValues(variables, 'h1')).toEqual({ x: 2, y: 1, z: 3 });
  });

  test('a host name with dots has its file with or without an ending', async () => {
    const cwd = folderOf({
      'inv/hosts.ini': 'n1.example.com\nn2.example.com',
      'inv/host_vars/n1.example.com': 'x: 1',
      'inv/host_vars/n2.example.com.yml': 'x: 2',
    });

    const { variables } = await read(cwd);

    expect([hostValues(variables, 'n1.example.com'), hostValues(variables, 'n2.example.com')]).toEqual([
      { x: 1 },
      { x: 2 },
    ]);
  });

  test('localhost, when it is not in the inventory, is this machine and has the variables of all', async () => {
    const { variables } = await read(folderOf({ 'inv/hosts.ini': 'h1\n[all:vars]\nx=1' }));

    expect(hostValues(variables, 'localhost')).toEqual({ x: 1, ansible_connection: 'local' });
  });
});

async function problem(files: Readonly<Record<string, string>>): Promise<string> {
  try {
    await read(folderOf(files));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.diagnostics.map(({ span, message }) => `${span.file}:${span.line} ${message}`).join('\n');
  }
  return '';
}

describe('mistakes', () => {
  test.each([
    [{ 'inv/group_vars/all.yaml': '- a' }, 'inv/group_vars/all.yaml:1 a file of variables is a mapping'],
    [{ 'inv/group_vars/all.yml': 'a: 1\na: 2' }, 'inv/group_vars/all.yml:2 `a` is written twice here'],
    [
      { 'inv/group_vars/all.yaml': 'a: 1', 'inv/group_vars/all.yml': 'a: 2' },
      'inv/group_vars/all.yml:1 `all` has two: this and all.yaml',
    ],
    [
      { 'inv/host_vars/h1.yml': '$ANSIBLE_VAULT;1.1\n' },
      'inv/host_vars/h1.yml:1 the file is encrypted with ansible-vault',
    ],
  ])('%j', async (files, expected) => {
    expect(await problem({ 'inv/hosts.ini': 'h1', ...files })).toBe(expected);
  });

  test('files for nobody are worth a warning', async () => {
    const { variables } = await read(folderOf({ 'inv/hosts.ini': '[web]\nh1', 'inv/group_vars/wbe.yml': 'a: 1' }));

    expect(variables.warnings).toEqual([
      expect.objectContaining({ message: 'there is no group `wbe` in the inventory', hint: 'Did you mean `web`?' }),
    ]);
  });
});

describe('what ansible-inventory prints', () => {
  const files = {
    'inv/hosts.yml': `all:
  hosts:
    lone: {x: 1}
  vars: {gx: all, t: "{{ gx }}"}
  children:
    web:
      hosts:
        web[01:02]: {p: 1}
      vars: {gx: web}
    db:
      hosts: {d1: }
    prod:
      children:
        web:
        db: {}
    empty:
`,
    'inv/group_vars/web.yml': 'gx: file',
  };

  test('--list', async () => {
    const { inventory, variables } = await read(folderOf(files), 'inv/hosts.yml');

    // Copied from ansible-inventory 2.14.18, to the letter.
    expect(JSON.stringify(listInventory(inventory, variables), null, 4)).toBe(`{
    "_meta": {
        "hostvars": {
            "d1": {
                "gx": "all",
                "t": "{{ gx }}"
            },
            "lone": {
                "gx": "all",
                "t": "{{ gx }}",
                "x": 1
            },
            "web01": {
                "gx": "file",
                "p": 1,
                "t": "{{ gx }}"
            },
            "web02": {
                "gx": "file",
                "p": 1,
                "t": "{{ gx }}"
            }
        }
    },
    "all": {
        "children": [
            "ungrouped",
            "web",
            "db",
            "prod",
            "empty"
        ]
    },
    "db": {
        "hosts": [
            "d1"
        ]
    },
    "prod": {
        "children": [
            "web",
            "db"
        ]
    },
    "ungrouped": {
        "hosts": [
            "lone"
        ]
    },
    "web": {
        "hosts": [
            "web01",
            "web02"
        ]
    }
}`);
  });

  test('--graph', async () => {
    const { inventory } = await read(folderOf(files), 'inv/hosts.yml');

    expect(graphInventory(inventory)).toBe(`@all:
  |--@ungrouped:
  |  |--lone
  |--@web:
  |  |--web01
  |  |--web02
  |--@db:
  |  |--d1
  |--@prod:
  |  |--@web:
  |  |  |--web01
  |  |  |--web02
  |  |--@db:
  |  |  |--d1
  |--@empty:`);
  });

  test('and the magic variables', async () => {
    const { inventory } = await read(folderOf(files), 'inv/hosts.yml');

    expect(groupNames(inventory, 'web01')).toEqual(['prod', 'web']);
    expect(groupNames(inventory, 'lone')).toEqual(['ungrouped']);
    expect(groupHosts(inventory)).toEqual({
      all: ['lone', 'web01', 'web02', 'd1'],
      ungrouped: ['lone'],
      web: ['web01', 'web02'],
      db: ['d1'],
      prod: ['web01', 'web02', 'd1'],
      empty: [],
    });
  });
});
