import { describe, expect, test } from 'vitest';

import { sh } from '../../../src/base/sh.ts';
import { groupQueries, queryKey } from '../../../src/host/query-groups.ts';
import type { Query } from '../../../src/host/query.ts';

const path = (name: string, more: object = {}): Query => ({ kind: 'path', path: name, ...more });
const apt = (name: string, more: object = {}): Query => ({ kind: 'package', manager: 'apt', name, ...more });
const account = (database: 'passwd' | 'group', name: string): Query => ({ kind: 'account', database, name });

describe('two questions are the same', () => {
  test.each<[a: Query, b: Query, same: boolean]>([
    [path('/a'), path('/a'), true],
    [path('/a', { follow: true, want: 'sum' }), { kind: 'path', want: 'sum', follow: true, path: '/a' }, true],
    [path('/a'), path('/b'), false],
    [path('/a'), path('/a', { follow: true }), false],
    [path('/a', { want: 'sum' }), path('/a', { want: 'content' }), false],
    [path('/a'), { kind: 'tree', path: '/a' }, false],
    [account('passwd', 'ana'), account('group', 'ana'), false],
    [apt('x'), apt('x', { latest: true }), false],
    [{ kind: 'probe', command: sh`a` }, { kind: 'probe', command: sh`a` }, true],
    [{ kind: 'probe', command: sh`a` }, { kind: 'probe', command: sh`b` }, false],
    [{ kind: 'probe', command: sh`a` }, { kind: 'probe', command: sh`a`, stdin: '' }, false],
    [{ kind: 'probe', command: sh`a` }, { kind: 'probe', command: sh`a`, unguarded: true }, false],
    [{ kind: 'facts' }, { kind: 'facts' }, true],
  ])('%j and %j: %s', (a, b, same) => {
    expect(queryKey(a) === queryKey(b)).toBe(same);
  });
});

test('what is asked in the same way is asked together, once, in the order of the questions', () => {
  const groups = groupQueries([
    path('/b'),
    path('/a', { want: 'sum' }),
    path('/a', { want: 'content' }),
    path('/b', { follow: true }),
    path('/c', { follow: true, want: 'content' }),
    path('/b'),
  ]);

  expect(groups).toMatchObject({
    stat: ['/b', '/a'],
    sum: ['/a'],
    statFollowed: ['/b', '/c'],
    sumFollowed: ['/c'],
    content: [{ path: '/a' }, { path: '/c' }],
  });
});

test('packages are asked by name, each manager by itself, the newest only where that is wanted', () => {
  const groups = groupQueries([
    apt('z', { latest: true }),
    apt('a'),
    { kind: 'package', manager: 'dnf', name: 'm' },
    apt('a', { latest: true }),
    apt('k'),
  ]);

  expect([...groups.packages]).toEqual([
    ['apt', ['a', 'k', 'z']],
    ['dnf', ['m']],
  ]);
  expect([...groups.candidates]).toEqual([['apt', ['a', 'z']]]);
});

test('everything else has a group of its own', () => {
  const groups = groupQueries([
    { kind: 'unit', unit: 'b.service' },
    { kind: 'unit', unit: 'a.service' },
    { kind: 'unit', unit: 'b.service' },
    account('passwd', 'ana'),
    account('group', 'staff'),
    { kind: 'tree', path: '/t' },
    { kind: 'probe', command: sh`x` },
    { kind: 'facts' },
  ]);

  expect(groups).toMatchObject({
    units: ['b.service', 'a.service'],
    users: ['ana'],
    groups: ['staff'],
    trees: [{ path: '/t' }],
    probes: [{ command: sh`x` }],
    facts: true,
  });
  expect(groupQueries([]).facts).toBe(false);
});
