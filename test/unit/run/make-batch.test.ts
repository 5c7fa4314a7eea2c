import { describe, expect, test } from 'vitest';

import type { Op } from '../../../src/base/op.ts';
import { sh } from '../../../src/base/sh.ts';
import type { Batch } from '../../../src/run/make-batch.ts';
import {
  batchOf,
  exec,
  makeFolder,
  reads,
  readsFolder,
  readsLink,
  readsPath,
  readsProbe,
  type Sketch,
  write,
} from '../../helpers/batch-sketch.ts';

const unit = (verb: Extract<Op, { kind: 'unit' }>['verb'], name = 'k3s.service'): Op => ({
  kind: 'unit',
  unit: name,
  verb,
});
const install: Op = { kind: 'package', manager: 'apt', ensure: 'present', names: ['x'] };
const wait: Op = { kind: 'wait', probe: sh`:`, timeoutMs: 1, everyMs: 1, orElse: 'no' };
const readsUnit = (name = 'k3s.service') => reads({ kind: 'unit', unit: name });

/** "2? 2 3": a group that is guarded for item 2 on, then does a step of item 2 and one of item 3. */
function inWords({ groups, itemOf, firstItems }: Batch): string[] {
  return groups.map(({ guard, steps }, i) =>
    [...(guard === undefined ? [] : [`${firstItems[i]}?`]), ...steps.map(({ id }) => itemOf.get(id))].join(' '),
  );
}

describe('groups', () => {
  const a = readsPath('/etc/a');
  const cases: [title: string, items: Sketch[], groups: string[]][] = [
    ['nothing to do is no batch', [{ reads: [a] }, { reads: [readsProbe] }], []],
    [
      'what is independent acts together',
      [
        { reads: [a], does: [write('/etc/a')] },
        { reads: [readsPath('/etc/b')], does: [write('/etc/b')] },
      ],
      ['0? 0 1'],
    ],
    [
      'rights of a whole tree, which may reach what was written by another name',
      [
        { does: [write('/link/a')] },
        { does: [{ kind: 'attributes', path: '/folder', owner: 'ops', recursive: true }] },
        { does: [write('/b')] },
      ],
      ['0', '1 2'],
    ],
    ['an item with nothing read needs no guard', [{ does: [exec] }], ['0']],
    [
      'a step on a path that is read later',
      [{ does: [write('/etc/a')] }, { reads: [a], does: [write('/etc/b')] }],
      ['0', '1? 1'],
    ],
    ['a step above it', [{ does: [makeFolder('/etc')] }, { reads: [a], does: [write('/x')] }], ['0', '1? 1']],
    [
      'folders below each other',
      [
        { reads: [a], does: [makeFolder('/etc/a')] },
        { reads: [readsFolder('/etc/a'), readsPath('/etc/a/b')], does: [makeFolder('/etc/a/b')] },
        { reads: [readsFolder('/etc/a/b')], does: [makeFolder('/etc/a/b/c')] },
        { reads: [readsFolder('/etc/a')], does: [write('/etc/a/x')] },
      ],
      ['0? 0 1 2', '3? 3'],
    ],
    [
      'a folder through a link to one that is made',
      [{ does: [makeFolder('/etc/a')] }, { reads: [readsLink('/link', '/etc/a')], does: [makeFolder('/link/b')] }],
      ['0', '1? 1'],
    ],
    [
      'a step below it',
      [{ does: [write('/etc/a')] }, { reads: [reads({ kind: 'tree', path: '/etc' })], does: [exec] }],
      ['0', '1? 1'],
    ],
    [
      'names that only begin alike are different',
      [{ does: [write('/etc/ab')] }, { reads: [a], does: [write('/x')] }],
      ['0? 0 1'],
    ],
    [
      'a step on what a link leads to',
      [{ does: [write('/etc/a')] }, { reads: [readsLink('/link', '/etc/a')], does: [exec] }],
      ['0', '1? 1'],
    ],
    ['two items that change one path', [{ does: [write('/etc/a')] }, { does: [write('/etc/a')] }], ['0', '1']],
    [
      'a unit file and its unit',
      [{ does: [write('/etc/systemd/system/k3s.service')] }, { reads: [readsUnit()], does: [exec] }],
      ['0', '1? 1'],
    ],
    [
      'a drop-in and its unit',
      [{ does: [write('/etc/systemd/system/k3s.service.d/1.conf')] }, { reads: [readsUnit()], does: [exec] }],
      ['0', '1? 1'],
    ],
    ['a unit and itself', [{ does: [unit('enable')] }, { reads: [readsUnit()], does: [exec] }], ['0', '1? 1']],
    [
      'units that have nothing to do with each other',
      [{ does: [unit('enable')] }, { reads: [readsUnit('a.socket')], does: [unit('enable', 'a.socket')] }],
      ['0? 0 1'],
    ],
    [
      'a reload of all units',
      [{ does: [unit('daemon-reload', '')] }, { reads: [readsUnit()], does: [exec] }],
      ['0', '1? 1'],
    ],
    [
      'an account and its file',
      [
        { does: [write('/etc/group')] },
        { reads: [reads({ kind: 'account', database: 'passwd', name: 'ana' })], does: [exec] },
      ],
      ['0', '1? 1'],
    ],
    [
      'a probe may look at anything',
      [{ does: [write('/etc/a')] }, { reads: [readsProbe], does: [write('/x')] }],
      ['0', '1? 1'],
    ],
    [
      'facts are what they are',
      [{ does: [write('/etc/a')] }, { reads: [reads({ kind: 'facts' })], does: [write('/x')] }],
      ['0 1'],
    ],
    ...[exec, install, wait, unit('start'), unit('stop'), unit('restart'), unit('reload')].map(
      (op): [string, Sketch[], string[]] => [
        `behind ${op.kind} ${'verb' in op ? op.verb : ''} anything may be different`,
        [{ does: [op] }, { reads: [a], does: [write('/x')] }],
        ['0', '1? 1'],
      ],
    ),
    [
      'nothing read, nothing to be guarded, but a command ends its group',
      [{ does: [exec] }, { does: [exec] }],
      ['0', '1'],
    ],
    [
      'a command that is declared to change nothing may still have waited',
      [{ does: [{ say: 'look', do: exec, changes: false }] }, { reads: [a], does: [write('/x')] }],
      ['0', '1? 1'],
    ],
  ];

  test.each([
    [10_000, ['0'], 1],
    [0, ['0', '1'], 2],
  ])('a command in the background ends the batch when it is waited for (poll %i ms)', (pollMs, groups, covered) => {
    const job: Op = { kind: 'exec', command: sh`make`, async: { limitMs: 1000, pollMs } };
    const batch = batchOf([{ does: [job] }, { does: [write('/etc/a')] }]);

    expect(inWords(batch)).toEqual(groups);
    expect(batch.covered).toBe(covered);
  });

  test.each(cases)('%s', (_title, items, groups) => {
    expect(inWords(batchOf(items))).toEqual(groups);
  });
});

describe('items that planned nothing', () => {
  const cases: [title: string, items: Sketch[], groups: string[]][] = [
    ['in front of everything: no guard', [{ reads: [readsPath('/a')] }, { does: [exec] }], ['1']],
    ['behind what cannot touch it: no guard', [{ does: [write('/b')] }, { reads: [readsPath('/a')] }], ['0']],
    ['behind a command: a guard', [{ does: [exec] }, { reads: [readsPath('/a')] }], ['0', '1?']],
    [
      'even when it is further back',
      [{ does: [exec] }, { does: [write('/b')] }, { reads: [readsPath('/a')] }],
      ['0', '1? 1'],
    ],
    [
      'behind a step on what it read: a guard',
      [{ does: [write('/a')] }, { does: [write('/b')] }, { reads: [readsPath('/a')] }],
      ['0 1', '2?'],
    ],
    ['a probe behind anything: a guard', [{ does: [write('/a')] }, { reads: [readsProbe] }], ['0', '1?']],
    ['nothing read behind a command: no guard', [{ does: [exec] }, {}], ['0']],
    [
      'with what comes next: one guard',
      [{ does: [exec] }, { reads: [readsPath('/a')] }, { reads: [readsPath('/b')], does: [write('/b')] }],
      ['0', '1? 2'],
    ],
  ];

  test.each(cases)('%s', (_title, items, groups) => {
    expect(inWords(batchOf(items))).toEqual(groups);
  });
});

test.each([
  [exec, ['0? 1']],
  [write('/a'), ['0? 1']],
  [write('/b'), ['1']],
])('an earlier batch of the same plan counts, too: %j', (op, groups) => {
  const before = [{ say: 'done already', do: op }];

  expect(inWords(batchOf([{ reads: [readsPath('/a')] }, { does: [write('/c')] }], before))).toEqual(groups);
});

describe('items with several steps', () => {
  test('stay together where no step can change what another one keeps for undo', () => {
    expect(inWords(batchOf([{ reads: [readsPath('/a')], does: [makeFolder('/a'), makeFolder('/a/b')] }]))).toEqual([
      '0? 0 0',
    ]);
  });

  test('are cut where texts need a folder that is made before them: all of them are written at once then', () => {
    const does = [makeFolder('/a'), makeFolder('/a/b'), write('/a/c'), write('/a/b/d')];

    expect(inWords(batchOf([{ reads: [readsPath('/a')], does }]))).toEqual(['0? 0 0', '0 0']);
  });

  test('are cut behind a command, and where a path changes twice', () => {
    expect(
      inWords(batchOf([{ reads: [readsPath('/a')], does: [write('/a'), exec, write('/b'), write('/b')] }])),
    ).toEqual(['0? 0 0', '0', '0']);
  });

  test('are never planned anew half-way: nobody else guards the rest of one', () => {
    const items = [
      { does: [exec, write('/a')] },
      { reads: [readsPath('/b')], does: [write('/b')] },
      { does: [write('/c')] },
    ];

    expect(inWords(batchOf(items))).toEqual(['0', '0', '1? 1 2']);
  });
});

describe('a step whose result decides how to go on', () => {
  const items: Sketch[] = [
    { does: [write('/a')] },
    { does: [write('/b'), exec], stopAfter: true },
    { does: [write('/c')] },
  ];

  test('is the last of the batch', () => {
    const batch = batchOf(items);

    expect(inWords(batch)).toEqual(['0 1 1']);
    expect(batch.covered).toBe(2);
    expect(batch.groups.flatMap(({ steps }) => steps.map(({ stopAfter = false }) => stopAfter))).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('unless it is not needed', () => {
    expect(batchOf([{ stopAfter: true }, { does: [write('/a')] }])).toMatchObject({
      covered: 2,
      groups: [{ id: '0001' }],
    });
  });
});

test('steps are numbered within their group', () => {
  const { groups, itemOf, firstItems } = batchOf([
    {},
    { does: [write('/a'), write('/b')] },
    { does: [exec] },
    { does: [exec] },
  ]);

  expect(groups.map(({ id }) => id)).toEqual(['0001', '0002']);
  expect([...itemOf]).toEqual([
    ['0001.0', 1],
    ['0001.1', 1],
    ['0001.2', 2],
    ['0002.0', 3],
  ]);
  expect(firstItems).toEqual([1, 3]);
});
