import { readFileSync } from 'node:fs';

import { assert, constantFrom, property, array } from 'fast-check';
import { describe, expect, test } from 'vitest';

import { ConfigError } from '../../../src/base/errors.ts';
import { hostsOf } from '../../../src/inventory/inventory.ts';
import { limitHosts, selectHosts } from '../../../src/inventory/patterns.ts';
import { buildInventory } from '../../helpers/build-inventory.ts';

interface Vector {
  readonly pattern: string;
  readonly hosts: readonly string[] | null;
  readonly order: 'exact' | 'set';
  readonly error: string | null;
  readonly warn: readonly string[];
}
const file = new URL('../../fixtures/ansible-patterns.json', import.meta.url);
const fixture: { readonly inventory: string; readonly vectors: readonly Vector[] } = JSON.parse(
  readFileSync(file, 'utf8'),
);
const { inventory } = buildInventory(fixture.inventory, 'base.ini');
const at = { file: 'play.yaml', line: 2, column: 10, length: 5 };

function problem(pattern: string): string {
  try {
    selectHosts(inventory, pattern, at);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.diagnostics.map(({ message, hint }) => `${message}${hint === undefined ? '' : ` | ${hint}`}`).join();
  }
  return '';
}

/** A warning or a crash of Ansible's is an error of ours; and so is a pattern of commas only, which means all to Ansible. */
const isMistake = ({ error, warn, pattern }: Vector) => error !== null || warn.length > 0 || pattern === ',,';

describe("Ansible's patterns", () => {
  const good = fixture.vectors.filter((vector) => !isMistake(vector));

  test.each(good.filter(({ order }) => order === 'exact'))('$pattern', ({ pattern, hosts }) => {
    expect(selectHosts(inventory, pattern, at)).toEqual(hosts);
  });

  test.each(good.filter(({ order }) => order === 'set'))('$pattern (in our order)', ({ pattern, hosts }) => {
    expect(new Set(selectHosts(inventory, pattern, at))).toEqual(new Set(hosts));
  });

  test.each(fixture.vectors.filter(isMistake))('$pattern is refused', ({ pattern }) => {
    expect(problem(pattern)).not.toBe('');
  });
});

describe('mistakes', () => {
  test.each([
    ['wbe', '`wbe` matches no host and no group | Did you mean `web`?'],
    ['web:!k3s_servr', '`k3s_servr` matches no host and no group | Did you mean `k3s_server`?'],
    ['zzzzz', '`zzzzz` matches no host and no group | There are the groups all, ungrouped, web, db, cache,'],
    ['web[9]', '`web[9]` names a host that is not there: there are 5, counted from 0'],
    ['web[2:0]', '`web[2:0]` holds no host: there are 5, counted from 0'],
    ['web[0-1]', '`web[0-1]` is no range of hosts | Write [0:1]; both ends count.'],
    [
      'web[:2]',
      '`web[:2]` matches no host and no group | Ranges count from the start: web[0:2] are the first three hosts.',
    ],
    ['web0[1-3]', '[...] at the end picks from the hosts of `web0`, which is none; write web0? or web0*'],
    ['web;db', 'Patterns are joined with : or ,'],
    ['web0{1,2}', 'Braces mean nothing here: name each host, or write ~ and a regular expression.'],
    ['~web(', '`web(` is no regular expression'],
    ['web:&', 'a pattern stands after each `&` and `!`'],
    [' , ', 'the host pattern is empty | Write `all` for every host.'],
  ])('%s', (pattern, expected) => {
    expect(problem(pattern)).toContain(expected);
  });

  test('a group without hosts is no mistake', () => {
    const empty = buildInventory('all:\n  children:\n    agents:\n    web: {hosts: {h1: }}\n', 'hosts.yml').inventory;

    expect(selectHosts(empty, 'agents', at)).toEqual([]);
    expect(selectHosts(empty, 'all:!agents', at)).toEqual(['h1']);
  });
});

test('a limit keeps the order of what it limits', () => {
  const hosts = selectHosts(inventory, 'db:web', at);

  expect(limitHosts(inventory, hosts, 'web[0:1],db-b*', at)).toEqual(['db-b.example.com', 'web01', 'web02']);
});

test('the laws of sets hold', () => {
  const name = constantFrom('web', 'db', 'k3s', 'prod', 's1', 'web0*', 'all', 'cache', '~s', 'dotted', 'stage');
  assert(
    property(array(name, { minLength: 1, maxLength: 3 }), name, (union, other) => {
      const all = selectHosts(inventory, union.join(':'), at);
      const inner = selectHosts(inventory, [...union, `&${other}`].join(':'), at);
      const outer = selectHosts(inventory, [`!${other}`, ...union].join(','), at);

      expect(new Set([...inner, ...outer])).toEqual(new Set(all));
      expect(inner.filter((host) => outer.includes(host))).toEqual([]);
      expect(new Set(all).size).toBe(all.length);
    }),
  );
  expect(hostsOf(inventory, 'all')).toHaveLength(22);
});
