import { describe, expect, test } from 'vitest';

import { sh } from '../../../src/base/sh.ts';
import type { Answer } from '../../../src/host/answers.ts';
import type { Query } from '../../../src/host/query.ts';
import { TaskReader } from '../../../src/run/task-reader.ts';

const unit: Answer = {
  kind: 'unit',
  state: {
    unit: 'k3s.service',
    exists: true,
    loadState: 'loaded',
    active: true,
    activeState: 'active',
    subState: 'running',
    unitFileState: 'enabled',
    enabled: true,
    needsDaemonReload: false,
    mainPid: 1,
    restarts: 0,
  },
};

describe('a question', () => {
  test.each<[ask: (host: TaskReader) => Promise<unknown>, query: Query]>([
    [(host) => host.path('/a'), { kind: 'path', path: '/a' }],
    [(host) => host.path('/a', { follow: false }), { kind: 'path', path: '/a' }],
    [(host) => host.path('/a', { follow: true, want: 'sum' }), { kind: 'path', path: '/a', follow: true, want: 'sum' }],
    [(host) => host.tree('/a'), { kind: 'tree', path: '/a' }],
    [(host) => host.unit('k3s'), { kind: 'unit', unit: 'k3s.service' }],
    [(host) => host.unit('k3s.socket'), { kind: 'unit', unit: 'k3s.socket' }],
    [(host) => host.package('apt', 'x'), { kind: 'package', manager: 'apt', name: 'x' }],
    [
      (host) => host.package('apt', 'x', { latest: true }),
      { kind: 'package', manager: 'apt', name: 'x', latest: true },
    ],
    [(host) => host.user('ana'), { kind: 'account', database: 'passwd', name: 'ana' }],
    [(host) => host.group('ana'), { kind: 'account', database: 'group', name: 'ana' }],
    [(host) => host.probe(sh`x`), { kind: 'probe', command: sh`x` }],
    [
      (host) => host.probe(sh`x`, { stdin: '', timeoutMs: 1, unguarded: true }),
      { kind: 'probe', command: sh`x`, stdin: '', timeoutMs: 1, unguarded: true },
    ],
    [(host) => host.facts(), { kind: 'facts' }],
  ])('%s', (ask, query) => {
    const host = new TaskReader('n1');
    void ask(host);

    expect(host.open).toEqual([query]);
  });

  test.each(['relative', '', '/with\nnewline', '/with\0nul'])('about the path %j is refused', async (path) => {
    const host = new TaskReader('n1');

    await expect(host.path(path)).rejects.toThrow('not a path that can be read');
    await expect(host.tree(path)).rejects.toThrow('not a path that can be read');
    expect(host.open).toEqual([]);
  });

  test('waits until it is answered, and is remembered with its answer', async () => {
    const host = new TaskReader('n1');
    const answer = host.unit('k3s');
    await host.asked;
    host.answerAll(() => unit);

    expect(await answer).toBe(unit.state);
    expect(host.open).toEqual([]);
    expect(host.answered).toEqual([{ query: { kind: 'unit', unit: 'k3s.service' }, answer: unit }]);
  });

  test('about what the user may not look at fails, with what to do', async () => {
    const host = new TaskReader('n1');
    const answer = host.path('/root/a');
    host.answerAll(() => ({ kind: 'denied', said: 'may not look: no' }));

    await expect(answer).rejects.toMatchObject({
      code: 'task-failed',
      message: 'may not look: no',
      hint: 'Set `become: true` on the task or the play.',
    });
  });

  test('that is answered with something else is a bug', async () => {
    const host = new TaskReader('n1');
    const answer = host.path('/a');
    host.answerAll(() => unit);

    await expect(answer).rejects.toThrow('asked for path, answered with unit');
  });
});
