import { describe, expect, test } from 'vitest';

import { groupsOf, hostsOf } from '../../../src/inventory/inventory.ts';
import { buildInventory, tell } from '../../helpers/build-inventory.ts';

describe('mistakes', () => {
  test.each([
    ['- a', ['1:1 an inventory is a mapping of groups | Start with `all:`, and below it `hosts:` and `children:`.']],
    ['all: {host: {h1: }}', ['1:7 `host` is not known in the group `all` | Did you mean `hosts`?']],
    [
      'all: {web: {}}',
      [
        '1:7 `web` is not known in the group `all` | A group has hosts, vars and children. Groups below it stand under `children`.',
      ],
    ],
    ['all: {hosts: {h1: 5}}', ['1:19 the host `h1` must be a mapping']],
    ['all: 5', ['1:6 the group `all` must be a mapping']],
    ['all: {hosts: {h1: {x: {{ y }}}}}', ['1:23 a text that starts with `{{` must be quoted | Write "{{ y }}".']],
    [
      'plugin: aws_ec2',
      [
        '1:1 inventory plugins are not supported | Let `ansible-inventory --list` write it to a file, or use a script that prints JSON.',
      ],
    ],
    ['all: {children: {a: {children: {all: }}}}', ['1:33 `all` cannot be a child of `a`: it holds `a` itself']],
  ])('%j', (text, expected) => {
    expect(buildInventory(text, 'hosts.yml').problems.map(tell)).toEqual(expected);
  });

  test('a group and a host of one name are worth a warning', () => {
    const { inventory } = buildInventory('web: {hosts: {web: }}', 'hosts.yml');

    expect(inventory.warnings.map(tell)).toEqual([
      '1:15 warning: `web` is the name of a host and of a group | In patterns the name means the host: rename one of them.',
    ]);
  });
});

test('nothing is an inventory without hosts', () => {
  expect(hostsOf(buildInventory('', 'hosts.yml').inventory, 'all')).toEqual([]);
});

test('a bare text names one host, or a range', () => {
  expect(hostsOf(buildInventory('web: {hosts: "h[1:2]"}', 'hosts.yml').inventory, 'web')).toEqual(['h1', 'h2']);
});

test('groups of a host come by depth, then priority, then name', () => {
  const text = `
all:
  children:
    b: {hosts: {h1: }}
    a: {hosts: {h1: }}
    top: {children: {deep: {hosts: {h1: }}}}
    c: {hosts: {h1: }, vars: {ansible_group_priority: 0}}
`;
  const { inventory } = buildInventory(text, 'hosts.yml');

  expect(groupsOf(inventory, 'h1').map(({ name, depth }) => `${name} ${depth}`)).toEqual([
    'c 1',
    'a 1',
    'b 1',
    'top 1',
    'deep 2',
  ]);
});
