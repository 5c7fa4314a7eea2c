import { readFileSync } from 'node:fs';

import { describe, expect, test } from 'vitest';

import type { Value, Values } from '../../../src/base/value.ts';
import { groupsOf } from '../../../src/inventory/inventory.ts';
import type { Inventory } from '../../../src/inventory/inventory.ts';
import { buildInventory, tell } from '../../helpers/build-inventory.ts';

interface Vector {
  readonly name: string;
  readonly content: string;
  readonly parse_failed: boolean;
  readonly groups: Values;
  readonly hostvars: Values;
}

const file = new URL('../../fixtures/ansible-inventories.json', import.meta.url);
const { vectors }: { readonly vectors: readonly Vector[] } = JSON.parse(readFileSync(file, 'utf8'));

/** What Ansible swallows and we refuse; docs/differences-from-ansible.md has the list. */
const refused: Readonly<Record<string, string>> = {
  't03_badrange.ini': '2:1 the range [3:1] holds no host | Write the smaller end first: [1:3].',
  't29_comma_in_file.ini': '1:1 a host name cannot hold a comma | Write each host on a line of its own.',
  't30_userat.ini':
    '1:1 a host name cannot name a user | Write h1 with ansible_user=user.\n3:1 a host name cannot name a user | Write h2 with ansible_user=user2.',
  't33_badport.ini':
    '1:1 `abc` is no port | A port is a number: web01:2222. A group goes into a section or under `children`.',
  'y04_hosts_list.yml': '3:5 `hosts` must be a mapping | Write `h1:` instead of `- h1`, a line for each.',
  'y06_typo.yml': '2:3 `hostss` is not known in the group `all` | Did you mean `hosts`?',
  'y07_dupkey.yml': '6:5 `web` is written twice here | Remove one of them: the later one would silently win.',
  'y09_vars_list.yml': '3:5 `vars` must be a mapping | Write `a:` instead of `- a`, a line for each.',
  'y10_children_list.yml': '3:5 `children` must be a mapping | Write `a:` instead of `- a`, a line for each.',
  'y13_loop.yml': '7:13 `a` cannot be a child of `b`: it holds `b` itself',
  'y15_port.yml': '4:5 a host name cannot name a user | Write h2 with ansible_user=user.',
  'y18_vault.yml':
    '4:10 the tag `!vault` is not known | Keep the secret out of the file: "{{env \'NAME\'}}" reads it when the playbook runs.\n7:10 the tag `!unsafe` is not known | Write \\{{ for braces that are no template.',
};

/** YAML 1.2 instead of 1.1, and a host may be a number. */
const otherwise: Readonly<Record<string, { readonly groups: Values; readonly hostvars: Values }>> = {
  'y03_types.yml': {
    groups: {
      all: { hosts: [], children: ['ungrouped'] },
      ungrouped: { hosts: ['12345', 'h1', '1.2.3.4'], children: [] },
    },
    hostvars: {
      h1: {
        a: 'yes',
        b: 'yes',
        c: '0644',
        d: '1_000',
        e: 1000,
        f: '12:30:45',
        g: '2024-01-01',
        h: null,
        i: 'on',
        j: '0o17',
        k: 16,
        l: 0.5,
        m: 'NO',
        n: '5',
        o: 1,
        p: 'y',
      },
    },
  },
};

function groupsIn({ groups }: Inventory): Values {
  const entries = [...groups.values()].filter(({ hosts, children }) => hosts.length + children.length > 0);
  return Object.fromEntries(entries.map(({ name, hosts, children }) => [name, { hosts, children }]));
}

function hostvarsIn(inventory: Inventory): Values {
  const found: Record<string, Values> = {};
  for (const { name, vars } of inventory.hosts.values()) {
    const groups = groupsOf(inventory, name).map((group) => group.vars);
    const merged: Record<string, Value> = {};
    for (const layer of [inventory.groups.get('all')?.vars ?? [], ...groups, vars]) {
      for (const [one, { value }] of layer) merged[one] = value;
    }
    if (Object.keys(merged).length > 0) found[name] = merged;
  }
  return found;
}

function errorsOf({ name, content }: Vector): readonly string[] {
  const { problems } = buildInventory(content, name);
  return problems.filter(({ severity }) => severity === 'error').map(tell);
}

describe("Ansible's inventories", () => {
  const read = vectors.filter(({ name, parse_failed: failed }) => !failed && refused[name] === undefined);

  test.each(read)('$name has the same groups and variables', (vector) => {
    const { inventory } = buildInventory(vector.content, vector.name);
    const expected = otherwise[vector.name] ?? vector;

    expect(groupsIn(inventory)).toEqual(expected.groups);
    expect(hostvarsIn(inventory)).toEqual(expected.hostvars);
    expect(errorsOf(vector)).toEqual([]);
  });

  test.each(vectors.filter((vector) => vector.parse_failed))('$name is rejected, too', (vector) => {
    expect(errorsOf(vector)).not.toEqual([]);
  });

  test.each(vectors.filter(({ name }) => refused[name] !== undefined))('$name is refused', (vector) => {
    expect(errorsOf(vector).join('\n')).toBe(refused[vector.name]);
  });
});
