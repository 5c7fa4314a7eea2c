import { describe, expect, test } from 'vitest';

import { sha256Hex } from '../../../src/base/digest.ts';
import { sh } from '../../../src/base/sh.ts';
import type { Answer } from '../../../src/host/answers.ts';
import { type Answered, guardText, makeGuard } from '../../../src/host/guard.ts';
import type { PathState, UnitState } from '../../../src/host/query.ts';

const sum = sha256Hex('x');
const file: PathState = {
  path: '/a',
  type: 'file',
  mode: '644',
  bits: 0o100644,
  owner: 'root',
  group: 'adm',
  uid: 0,
  gid: 4,
  sizeBytes: 1,
  modifiedAt: 1,
  sha256: sum,
};
const service: UnitState = {
  unit: 'k3s.service',
  exists: true,
  loadState: 'loaded',
  active: true,
  activeState: 'active',
  subState: 'running',
  unitFileState: '',
  enabled: false,
  needsDaemonReload: false,
  mainPid: 7,
  restarts: 1,
};

const path = (state: Partial<PathState>, more: object = {}): Answered => ({
  query: { kind: 'path', path: state.path ?? '/a', want: 'sum', ...more },
  answer: { kind: 'path', state: { ...file, ...state } },
});
const unit = (state: Partial<UnitState>): Answered => ({
  query: { kind: 'unit', unit: service.unit },
  answer: { kind: 'unit', state: { ...service, ...state } },
});
const probe = (stdout: string, more: object = {}): Answered => ({
  query: { kind: 'probe', command: sh`x`, ...more },
  answer: {
    kind: 'probe',
    result: { exitCode: 3, stdout, stderr: '' },
    stdout: Buffer.from(stdout),
    stderr: Buffer.alloc(0),
  },
});
const facts: Answered = { query: { kind: 'facts' }, answer: { kind: 'facts', facts: {} } };

describe('what the host is to print', () => {
  test.each<[title: string, item: Answered, text: string]>([
    ['a file', path({}), `81a4 0 4 root adm /a\n${sum}  /a\n`],
    ['a file that was predicted', path({ bits: 0, mode: '4755' }), `0 0 4 root adm /a\n${sum}  /a\n`],
    ['nothing of an absent one', path({ type: 'absent' }, { want: undefined }), ''],
    [
      'a link',
      path({ type: 'link', mode: '777', bits: 0o120777, target: 'b c' }, { want: undefined }),
      'a1ff 0 4 root adm /a\n/a\tb c\n',
    ],
    ['a unit', unit({}), '1 loaded active running - no\n'],
    [
      'a unit that has to be read again',
      unit({ needsDaemonReload: true, unitFileState: 'enabled' }),
      '1 loaded active running enabled yes\n',
    ],
    ['nothing where there is no systemd', unit({ loadState: '' }), ''],
    ['a probe', probe('out'), `3 ${sha256Hex('out')} ${sha256Hex('')}\n`],
    ['nothing of an unguarded one', probe('out', { unguarded: true }), ''],
    [
      'an account',
      {
        query: { kind: 'account', database: 'passwd', name: 'a' },
        answer: { kind: 'account', raw: 'a:x:1:1::/:/bin/sh\ta b' },
      },
      'a:x:1:1::/:/bin/sh\ta b\n',
    ],
    ['nothing of a package that is not installed', packageOf(undefined), ''],
    ['a package', packageOf('1.0'), '1.0 rsync\n'],
    [
      'a folder, as it came',
      { query: { kind: 'tree', path: '/d' }, answer: { kind: 'tree', entries: [], raw: 'as it came' } },
      'as it came',
    ],
  ])('%s', (_title, item, text) => {
    const { sha256: _sum, ...plain } = item.answer.kind === 'path' ? item.answer.state : file;
    const isSummed = item.query.kind === 'path' && item.query.want === 'sum';
    const answer: Answer = item.answer.kind === 'path' && !isSummed ? { kind: 'path', state: plain } : item.answer;

    expect(guardText([{ ...item, answer }])).toBe(text);
  });

  test('a predicted state reads like the real one', () => {
    const { bits: _bits, ...predicted } = file;

    expect(guardText([path({}), { ...path({}), answer: { kind: 'path', state: predicted } }])).toBe(
      guardText([path({}), path({})]),
    );
  });

  test('kinds come in a fixed order, what is of one kind in the order of the questions', () => {
    const text = guardText([probe('1'), unit({}), path({ path: '/b' }), path({ path: '/a' })]);

    expect(text.split('\n').map((line) => line.split(' ').at(-1))).toEqual([
      '/b',
      '/a',
      '/b',
      '/a',
      'no',
      sha256Hex(''),
      '',
    ]);
  });
});

describe('a guard', () => {
  test('stands for everything that can change, each question once', () => {
    const guard = makeGuard([facts, path({}), probe('x', { unguarded: true }), unit({}), path({})]);

    expect(guard?.queries).toEqual([path({}).query, unit({}).query]);
    expect(guard?.digest).toBe(sha256Hex(guardText([path({}), unit({})])));
  });

  test.each([[[]], [[facts]], [[facts, probe('x', { unguarded: true })]]])(
    'is none when nothing can change',
    (items) => {
      expect(makeGuard(items)).toBeUndefined();
    },
  );

  test.each<[title: string, item: Answered, same: boolean]>([
    ['the time of a file', path({ modifiedAt: 99 }), true],
    ['the size that its sum says anyway', path({ sizeBytes: 99 }), true],
    ['the content', path({ sha256: sha256Hex('y') }), false],
    ['the mode', path({ bits: 0o100600, mode: '600' }), false],
    ['the owner', path({ uid: 7, owner: 'ana' }), false],
  ])('minds or does not mind %s', (_title, item, same) => {
    expect(makeGuard([item])?.digest === makeGuard([path({})])?.digest).toBe(same);
  });

  test.each<[title: string, item: Answered, same: boolean]>([
    ['the process id', unit({ mainPid: 99 }), true],
    ['restarts', unit({ restarts: 99 }), true],
    ['a stop', unit({ activeState: 'inactive', subState: 'dead' }), false],
  ])('minds or does not mind %s of a unit', (_title, item, same) => {
    expect(makeGuard([item])?.digest === makeGuard([unit({})])?.digest).toBe(same);
  });
});

function packageOf(version: string | undefined): Answered {
  return {
    query: { kind: 'package', manager: 'apt', name: 'rsync' },
    answer: { kind: 'package', state: { name: 'rsync', version } },
  };
}
