import { dirname } from 'node:path/posix';

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Op } from '../../../src/base/op.ts';
import { sh } from '../../../src/base/sh.ts';
import type { PathState, Query } from '../../../src/host/query.ts';
import { Overlay } from '../../../src/run/overlay.ts';
import { applySteps } from '../../helpers/apply-ops.ts';
import { answersOf } from '../../helpers/fake-answers.ts';
import type { FakeState } from '../../helpers/fake-host.ts';

const host: FakeState = {
  files: {
    '/etc/a': { content: 'old', mode: '640', owner: 'ana', group: 'staff' },
    '/etc/link': { target: '/etc/a' },
    '/srv/full/x': 'x',
    '/srv/full/deep/y': 'y',
  },
  users: { ana: { uid: 1000 } },
  units: { 'k3s.service': { active: true, subState: 'running', enabled: true } },
  packages: { rsync: '3.2' },
};

/** Looks at the host first, as planners do, then again after the ops. */
async function after(ops: readonly Op[], query: Query, seen: readonly Query[] = [query]) {
  const overlay = new Overlay('root');
  for (const early of seen) await look(overlay, early);
  for (const op of ops) overlay.apply({ say: `do ${op.kind}`, do: op });
  const { answer, certain } = await look(overlay, query);
  return { answer, certain, opaque: overlay.opaque };
}

async function look(overlay: Overlay, query: Query) {
  const [answer] = await answersOf(host, [query]);
  if (answer === undefined) throw new Error('not answered');
  return overlay.view(query, answer);
}

const at = (path: string, follow?: true): Query => ({ kind: 'path', path, want: 'content', ...(follow && { follow }) });
const write = (path: string, more: Partial<Extract<Op, { kind: 'file' }>> = {}): Op => ({
  kind: 'file',
  path,
  content: { from: 'text', text: 'new' },
  ...more,
});
const remove = (path: string): Op => ({ kind: 'remove', path });
const tree = (path: string): Query => ({ kind: 'tree', path });
const account = (database: 'passwd' | 'group'): Query => ({ kind: 'account', database, name: 'ana' });
const apt = (name: string): Query => ({ kind: 'package', manager: 'apt', name });
const verb = (word: Extract<Op, { kind: 'unit' }>['verb'], unit = 'k3s.service'): Op => ({
  kind: 'unit',
  unit,
  verb: word,
});
const exec = (...saves: string[]): Op => ({ kind: 'exec', command: sh`make`, saves });

describe('what is certain about a path', () => {
  const cases: [title: string, ops: Op[], query: Query, state: Partial<PathState>][] = [
    ['one that nothing touches', [write('/etc/b')], at('/etc/a'), { type: 'file', owner: 'ana', sizeBytes: 3 }],
    [
      'a new file',
      [write('/etc/b')],
      at('/etc/b'),
      { type: 'file', mode: '644', owner: 'root', group: 'root', uid: 0 },
    ],
    ['its bytes', [write('/etc/b')], at('/etc/b'), { content: Buffer.from('new'), sizeBytes: 3 }],
    ['its mode', [write('/etc/b', { mode: '0600' })], at('/etc/b'), { mode: '600' }],
    [
      'a file that is replaced keeps its owner',
      [write('/etc/a')],
      at('/etc/a'),
      { mode: '640', owner: 'ana', uid: 1000 },
    ],
    [
      'unless told otherwise',
      [write('/etc/a', { owner: 'root', group: 'root' })],
      at('/etc/a'),
      { owner: 'root', uid: 0 },
    ],
    [
      'a binary from the controller',
      [write('/etc/b', { content: { from: 'controller', file: 'b', sha256: 'ab', sizeBytes: 70 } })],
      { kind: 'path', path: '/etc/b', want: 'sum' },
      { type: 'file', sha256: 'ab', sizeBytes: 70 },
    ],
    [
      'a new directory',
      [{ kind: 'directory', path: '/etc/d', mode: '700' }],
      at('/etc/d'),
      { type: 'directory', mode: '700' },
    ],
    [
      'a link',
      [{ kind: 'link', path: '/etc/l', target: 'a' }],
      at('/etc/l'),
      { type: 'link', target: 'a', mode: '777' },
    ],
    ['a removed file', [remove('/etc/a')], at('/etc/a'), { type: 'absent' }],
    ['a file in a removed folder', [remove('/srv')], at('/srv/full/x'), { type: 'absent' }],
    ['also when the file was written before', [write('/srv/b'), remove('/srv')], at('/srv/b'), { type: 'absent' }],
    [
      'also when the folder was made anew',
      [remove('/srv/full'), { kind: 'directory', path: '/srv/full' }],
      at('/srv/full/x'),
      { type: 'absent' },
    ],
    ['a file that came after', [remove('/srv'), write('/srv/full/x')], at('/srv/full/x'), { type: 'file' }],
    ['new rights', [{ kind: 'attributes', path: '/etc/a', mode: '600' }], at('/etc/a'), { mode: '600', owner: 'ana' }],
    [
      'what a link that was there leads to',
      [write('/etc/a')],
      at('/etc/link', true),
      { path: '/etc/link', content: Buffer.from('new'), target: '/etc/a', owner: 'ana' },
    ],
  ];

  test.each(cases)('%s', async (_title, ops, query, state) => {
    const { answer, certain } = await after(ops, query);

    expect(answer).toMatchObject({ state });
    expect(certain).toBe(true);
  });
});

describe('what is not certain', () => {
  const install: Op = { kind: 'package', manager: 'apt', ensure: 'present', names: ['rsync=3.3'] };
  const copied: Op = write('/etc/b', { content: { from: 'controller', file: 'b', sha256: 'ab', sizeBytes: 7 } });
  const cases: [title: string, ops: Op[], query: Query][] = [
    ['what a command may change', [exec('/etc/a')], at('/etc/a')],
    ['what is in a folder that a command may change', [exec('/srv')], at('/srv/full/x')],
    ['what was written there before', [write('/srv/b'), exec('/srv')], at('/srv/b')],
    [
      'the rights below a folder',
      [{ kind: 'attributes', path: '/srv', mode: '700', recursive: true }],
      at('/srv/full/x'),
    ],
    ['a copy of a file of the host', [write('/etc/b', { content: { from: 'host', path: '/etc/a' } })], at('/etc/b')],
    ['the bytes of a large file', [copied], at('/etc/b')],
    ['a hard link', [{ kind: 'link', path: '/etc/l', target: '/etc/a', hard: true }], at('/etc/l')],
    ['what a new link leads to', [{ kind: 'link', path: '/etc/l', target: '/etc/a' }], at('/etc/l', true)],
    ['a folder in which something changes', [write('/srv/b')], tree('/srv')],
    ['a folder below one that a command may change', [exec('/srv')], tree('/srv/full')],
    ['an account behind a change of its file', [write('/etc/passwd')], account('passwd')],
    ["an account's groups", [write('/etc/group')], account('passwd')],
    ['a package that is installed', [install], apt('rsync')],
    ['a unit that a package may bring', [install], { kind: 'unit', unit: 'new.service' }],
    ['a unit whose file goes', [remove('/etc/systemd/system/k3s.service')], { kind: 'unit', unit: 'k3s.service' }],
  ];

  test.each(cases)('%s', async (_title, ops, query) => {
    expect(await after(ops, query)).toMatchObject({ certain: false });
  });

  test('the owner of a file that nobody looked at', async () => {
    expect(await after([write('/etc/a')], at('/etc/a'), [])).toMatchObject({ certain: false });
  });

  test('but everything else is', async () => {
    const everything = [exec('/etc/b'), install, write('/srv/b')];

    for (const query of [at('/etc/a'), tree('/srv/full'), account('group'), apt('curl')]) {
      expect(await after(everything, query)).toMatchObject({ certain: true });
    }
  });
});

test('a removed folder is an empty tree', async () => {
  expect(await after([remove('/srv')], { kind: 'tree', path: '/srv/full' })).toMatchObject({
    answer: { entries: [], raw: '' },
    certain: true,
  });
});

describe('units', () => {
  const unitFile = (unit: string): Op => write(`/etc/systemd/system/${unit}`);
  const old = { active: true, enabled: true, unitFileState: 'enabled', needsDaemonReload: false };
  const cases: [title: string, unit: string, ops: Op[], state: object][] = [
    ['untouched', 'k3s.service', [verb('stop', 'other.service')], old],
    ['stopped', 'k3s.service', [verb('stop')], { active: false, activeState: 'inactive', enabled: true }],
    ['restarted', 'k3s.service', [verb('stop'), verb('restart')], { active: true, activeState: 'active' }],
    ['disabled', 'k3s.service', [verb('disable')], { enabled: false, unitFileState: 'disabled', active: true }],
    ['masked', 'k3s.service', [verb('mask')], { enabled: false, unitFileState: 'masked', loadState: 'masked' }],
    ['unmasked', 'k3s.service', [verb('mask'), verb('unmask')], { unitFileState: 'disabled', loadState: 'loaded' }],
    [
      'a new file',
      'new.service',
      [unitFile('new.service')],
      { exists: true, loadState: 'loaded', enabled: false, active: false },
    ],
    [
      'and enabled',
      'new.service',
      [unitFile('new.service'), verb('enable', 'new.service')],
      { enabled: true, unitFileState: 'enabled' },
    ],
    ['a file that is replaced', 'k3s.service', [unitFile('k3s.service')], { ...old, needsDaemonReload: true }],
    ['a drop-in', 'k3s.service', [unitFile('k3s.service.d/10.conf')], { ...old, needsDaemonReload: true }],
    ['read again', 'k3s.service', [unitFile('k3s.service'), verb('daemon-reload', '')], old],
    ['read again by what enables it', 'k3s.service', [unitFile('k3s.service'), verb('enable', 'k3s.service')], old],
    ['a file somewhere else', 'new.service', [write('/etc/new.service')], { exists: false }],
  ];

  test.each(cases)('%s', async (_title, unit, ops, state) => {
    expect(await after(ops, { kind: 'unit', unit })).toMatchObject({ answer: { state }, certain: true });
  });
});

test('steps whose effects nobody knows are named; those that only look are not', async () => {
  const overlay = new Overlay('root');
  overlay.apply({ say: 'write', do: write('/a') });
  overlay.apply({ say: 'make', do: exec() });
  overlay.apply({ say: 'look', do: exec('/etc/a'), changes: false });
  overlay.apply({ say: 'install', do: { kind: 'package', manager: 'apt', ensure: 'present', names: ['x'] } });
  overlay.apply({ say: 'reboot', do: { kind: 'reboot', timeoutMs: 1 } });
  overlay.apply({ say: 'wait', do: { kind: 'wait', probe: sh`:`, timeoutMs: 1, everyMs: 1, orElse: 'no' } });

  expect(overlay.opaque).toEqual(['make', 'install', 'reboot']);
  expect(await look(overlay, at('/etc/a'))).toMatchObject({ certain: true });
});

const names = ['/a', '/b', '/d', '/d/e', '/d/e/f'] as const;
const anyOp: fc.Arbitrary<Op> = fc.constantFrom(...names).chain((path) => {
  const mode = fc.constantFrom('600', '644');
  return fc.oneof(
    fc
      .record({ text: fc.constantFrom('x', 'y'), mode })
      .map(({ text, mode: wanted }) => write(path, { content: { from: 'text', text }, mode: wanted })),
    mode.map((wanted): Op => ({ kind: 'directory', path, mode: wanted })),
    fc.constantFrom('a', '/b').map((target): Op => ({ kind: 'link', path, target })),
    fc.constant(remove(path)),
  );
});

const typeAt = async (state: FakeState, path: string) => {
  const [answer] = await answersOf(state, [{ kind: 'path', path }]);
  return answer?.kind === 'path' ? answer.state.type : 'absent';
};

/** Whether a host in this state could do it. */
async function isPossible(state: FakeState, op: Op): Promise<boolean> {
  if (!('path' in op)) return true;
  const now = await typeAt(state, op.path);
  if ((await typeAt(state, dirname(op.path))) !== 'directory') return false;
  return op.kind === 'remove' || now === 'absent' || (op.kind === 'directory') === (now === 'directory');
}

test('what is certain is what a host in the new state answers', async () => {
  expect.hasAssertions();
  const before: FakeState = {
    files: { '/a': 'a', '/d': { type: 'directory' }, '/d/e': { type: 'directory' }, '/d/e/f': 'f' },
  };
  await fc.assert(
    fc.asyncProperty(fc.array(anyOp, { maxLength: 8 }), fc.subarray([...names]), async (ops, early) => {
      const overlay = new Overlay('root');
      const view = async (path: string) => {
        const [answer] = await answersOf(before, [at(path)]);
        return answer && overlay.view(at(path), answer);
      };
      for (const path of early) await view(path);
      let now = before;
      for (const op of ops) {
        if (!(await isPossible(now, op))) continue;
        now = applySteps(now, [{ say: op.kind, do: op }]) ?? now;
        overlay.apply({ say: op.kind, do: op });
      }

      const views = await Promise.all(names.map(view));
      const certain = names.filter((_, i) => views[i]?.certain);
      expect(views.flatMap((seen) => (seen?.certain ? [seen.answer] : []))).toEqual(
        await answersOf(
          now,
          certain.map((path) => at(path)),
        ),
      );
    }),
  );
});
