import { array, assert, constantFrom, nat, property, string, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Op, Step } from '../../../src/base/op.ts';
import { sh } from '../../../src/base/sh.ts';
import { Secret } from '../../../src/base/secret.ts';
import { Redactor } from '../../../src/base/redactor.ts';
import type { Answered } from '../../../src/host/guard.ts';
import { compareHosts } from '../../../src/plan/compare-plans.ts';
import { Approved } from '../../../src/run/approved.ts';
import type { PlannedTask } from '../../../src/run/planned-task.ts';
import { savedTask } from '../../../src/run/saved-task.ts';

const salt = '0123456789abcdef0123456789abcdef';
const at = { file: 'site.yaml', line: 3, column: 7, length: 1 };

const file = (path: string, sha256: string, modifiedAt = 0): Answered => ({
  query: { kind: 'path', path, want: 'sum' },
  answer: {
    kind: 'path',
    state: {
      path,
      type: 'file',
      mode: '644',
      owner: 'a',
      group: 'a',
      uid: 1,
      gid: 1,
      sizeBytes: 1,
      modifiedAt,
      sha256,
    },
  },
});
const unit = (activeState: string): Answered => ({
  query: { kind: 'unit', unit: 'x.service' },
  answer: {
    kind: 'unit',
    state: {
      unit: 'x.service',
      exists: true,
      loadState: 'loaded',
      active: activeState === 'active',
      activeState,
      subState: '',
      unitFileState: 'enabled',
      enabled: true,
      needsDaemonReload: false,
      mainPid: 1,
      restarts: 0,
    },
  },
});
const pkg = (version: string | undefined, candidate?: string): Answered => ({
  query: { kind: 'package', manager: 'apt', name: 'rsync', latest: true },
  answer: { kind: 'package', state: { name: 'rsync', version, ...(candidate !== undefined && { candidate }) } },
});
const account = (raw: string): Answered => ({
  query: { kind: 'account', database: 'passwd', name: 'app' },
  answer: { kind: 'account', raw },
});
const probe = (stdout: string, unguarded?: true): Answered => ({
  query: { kind: 'probe', command: sh`look`, ...(unguarded && { unguarded }) },
  answer: {
    kind: 'probe',
    result: { exitCode: 0, stdout, stderr: '' },
    stdout: Buffer.from(stdout),
    stderr: Buffer.alloc(0),
  },
});
const facts = (uptime: number): Answered => ({
  query: { kind: 'facts' },
  answer: { kind: 'facts', facts: { uptime_seconds: uptime } },
});

const step = (op: Op, more: Partial<Step> = {}): Step => ({ say: op.kind, do: op, ...more });
const write = (path: string, text: string): Step => step({ kind: 'file', path, content: { from: 'text', text } });

function planned(steps: readonly Step[], reads: readonly Answered[], more: Partial<PlannedTask> = {}): PlannedTask {
  const plan = { action: steps.length === 0 ? ('none' as const) : ('change' as const) };
  return {
    host: 'n1',
    id: 'a/b',
    name: 'B',
    at,
    module: 'copy',
    plan,
    items: [{ steps, reads }],
    noLog: false,
    ...more,
  };
}

const saved = (task: PlannedTask, redactor = new Redactor()) =>
  savedTask(task, { salt, hide: (data) => redactor.data(data) });
const hostOf = (...tasks: readonly PlannedTask[]) => ({ reached: {}, tasks: tasks.map((task) => saved(task)) });
const differences = (then: PlannedTask, now: PlannedTask) => compareHosts(hostOf(then), hostOf(now)).length;

const approved = (...tasks: readonly PlannedTask[]) => new Approved({ n1: hostOf(...tasks) }, { salt });

describe('what a plan rests on', () => {
  test.each<[title: string, then: Answered, now: Answered, label: string]>([
    ['a file', file('/etc/motd', 'a'), file('/etc/motd', 'b'), '/etc/motd'],
    ['a unit', unit('active'), unit('failed'), 'unit x.service'],
    ['a package', pkg('1'), pkg(undefined), 'package rsync'],
    ['what `latest` would bring', pkg('1', '2'), pkg('1', '3'), 'package rsync'],
    ['an account', account('app:x:1:1::/:/bin/sh'), account('app:x:2:1::/:/bin/sh'), 'account app'],
    ['what a command prints', probe('a'), probe('b'), 'what `look` prints'],
  ])('%s', (_title, then, now, label) => {
    expect(saved(planned([], [then])).reads).toEqual([{ of: label, digest: expect.stringMatching(/^[0-9a-f]{32}$/) }]);
    expect(differences(planned([], [then]), planned([], [then]))).toBe(0);
    expect(differences(planned([], [then]), planned([], [now]))).toBe(1);
  });

  test.each<[title: string, then: Answered, now: Answered]>([
    ['facts', facts(1), facts(2)],
    ['when a file was written', file('/a', 'a', 1), file('/a', 'a', 2)],
    ['answers that change by themselves', probe('1', true), probe('2', true)],
  ])('not %s', (_title, then, now) => {
    expect(differences(planned([], [then]), planned([], [now]))).toBe(0);
  });

  test('a law: an unchanged host fits its plan, and one changed answer is always noticed', () => {
    const answers = array(tuple(constantFrom('/a', '/b', '/c', '/d'), string()), {
      minLength: 1,
      maxLength: 6,
    });
    assert(
      property(answers, nat(), string(), (world, which, other) => {
        const unique = [...new Map(world)];
        const reads = unique.map(([path, sum]) => file(path, sum));
        const index = which % unique.length;
        const [path, sum] = unique[index] ?? ['', ''];
        const changed = reads.with(index, file(path, other));

        expect(differences(planned([], reads), planned([], reads))).toBe(0);
        expect(differences(planned([], reads), planned([], changed))).toBe(other === sum ? 0 : 1);
      }),
    );
  });
});

describe('what a plan does', () => {
  const big = (name: string, sha256: string): Step =>
    step({ kind: 'file', path: '/a', content: { from: 'controller', file: name, sha256, sizeBytes: 1 } });
  const install = (refreshCache?: true): Step =>
    step({ kind: 'package', manager: 'apt', ensure: 'present', names: ['x'], ...(refreshCache && { refreshCache }) });
  const fetchLists = step({ kind: 'exec', command: sh`apt-get update` }, { needsNoUndo: true });

  test.each<[title: string, then: readonly Step[], now: readonly Step[], expected: number]>([
    ['is the same wherever its files lie', [big('/a/x', '1')], [big('/b/x', '1')], 0],
    ['is another with another file', [big('/a/x', '1')], [big('/a/x', '2')], 1],
    ['is the same whether lists are old', [install()], [install(true)], 0],
    ['is the same when old lists are fetched', [install()], [fetchLists, install()], 0],
    [
      'is another when it would be taken back otherwise',
      [write('/a', '')],
      [{ ...write('/a', ''), undo: install().do }],
      1,
    ],
  ])('%s', (_title, then, now, expected) => {
    const reads = [probe('', true)];
    expect(differences(planned(then, reads), planned(now, reads))).toBe(expected);
  });

  test('holds no secret: neither in words, nor in digests that can be compared between plans', () => {
    const redactor = new Redactor();
    redactor.add('hunter22');
    const secret = step(
      { kind: 'exec', command: sh`login ${new Secret('hunter22')}` },
      { say: 'say hunter22', diff: { of: '/a', before: '', after: 'password=hunter22\n' } },
    );
    const task = planned([secret], [probe('hunter22')], { name: 'use hunter22' });

    expect(JSON.stringify(saved(task, redactor))).not.toContain('hunter22');
    const other = savedTask(task, { salt: salt.replace('0', 'f'), hide: (data) => redactor.data(data) });
    expect(other.steps[0]?.digest).not.toBe(saved(task).steps[0]?.digest);
  });

  test('shows nothing of a task with no_log', () => {
    const task = saved(planned([write('/etc/secret', 'x')], [file('/etc/secret', 'x')], { noLog: true }));

    expect(JSON.stringify(task)).not.toContain('/etc/secret');
  });
});

describe('a task of an approved plan', () => {
  const reads = [file('/etc/motd', 'a')];
  const entry = { task: { id: 'a/b' }, name: 'B', noLog: false };
  const acting = (steps: readonly Step[], more: object = {}) => ({
    origin: 'n1',
    on: 'n1',
    entry,
    steps,
    reads,
    before: [],
    ...more,
  });
  const one = write('/etc/motd', 'one');
  const two = write('/etc/issue', 'two');
  const restart = step({ kind: 'unit', unit: 'x.service', verb: 'restart' });

  test.each<[title: string, planned: PlannedTask, acting: ReturnType<typeof acting>]>([
    ['may do what was planned', planned([one, two], reads), acting([one, two])],
    ['may do less', planned([one, two], reads), acting([two])],
    ['may do anything when it was not known', planned([], [], { plan: { action: 'unknown' } }), acting([one])],
    [
      'may do anything in an include that was not known',
      planned([], [], { id: 'a', plan: { action: 'unknown' } }),
      acting([one]),
    ],
    [
      'may see what a step before it has changed',
      planned([one], reads),
      acting([one], { reads: [file('/etc/motd', 'b')], before: [one] }),
    ],
    [
      'may see anything behind a restart',
      planned([one], reads),
      acting([one], { reads: [file('/etc/motd', 'b')], before: [restart] }),
    ],
    [
      'may write other text behind a command, when it has read something',
      planned([write('/etc/motd', 'a')], reads),
      acting([write('/etc/motd', 'b')], { before: [restart] }),
    ],
    [
      'may look at another file when it does nothing',
      planned([], reads),
      acting([], { reads: [file('/etc/motd', 'b')] }),
    ],
  ])('%s', (_title, plan, now) => {
    expect(approved(plan).refusal(now)).toBeUndefined();
  });

  test.each<[title: string, planned: PlannedTask, acting: ReturnType<typeof acting>, message: string]>([
    [
      'must not do more',
      planned([one], reads),
      acting([one, two]),
      'task "B" would now file, which is not in the plan',
    ],
    ['must not do otherwise', planned([one], reads), acting([write('/etc/motd', 'x')]), 'which is not in the plan'],
    ['must not act when it had nothing to do', planned([], reads), acting([one]), 'which is not in the plan'],
    [
      'must not act on another host',
      planned([one], reads),
      acting([one], { origin: 'n2' }),
      'which is not in the plan',
    ],
    ['must not act when it is not in the plan', planned([one], reads, { id: 'a/c' }), acting([one]), 'not in the plan'],
    [
      'must not do something else behind a command',
      planned([one], reads),
      acting([{ ...two, say: 'x' }], { before: [restart] }),
      'not in the plan',
    ],
    [
      'must not do otherwise there, when it has read nothing',
      planned([one], []),
      acting([write('/etc/motd', 'b')], { reads: [], before: [restart] }),
      'not in the plan',
    ],
    [
      'must not overwrite what somebody has just changed',
      planned([one], reads),
      acting([one], { reads: [file('/etc/motd', 'b')] }),
      'task "B": /etc/motd is not as it was a moment ago',
    ],
    [
      'must not do so behind a step elsewhere either',
      planned([one], reads),
      acting([one], { reads: [file('/etc/motd', 'b')], before: [two] }),
      'is not as it was a moment ago',
    ],
  ])('%s', (_title, plan, now, message) => {
    expect(approved(plan).refusal(now)).toMatchObject({ code: 'stale', message: expect.stringContaining(message) });
  });

  test('with no_log is refused without a word about what it does', () => {
    const now = acting([one], { entry: { ...entry, noLog: true } });

    expect(approved().refusal(now)?.message).toBe('task "B" would now do something, which is not in the plan');
    expect(approved(planned([one], [])).refusal(now)?.message).not.toContain('/etc');
  });

  test('may see what the run itself has changed, once that is done', () => {
    const run = approved(planned([one], reads));
    const now = acting([one], { reads: [file('/etc/motd', 'b')] });

    expect(run.refusal(now)).toBeDefined();
    run.acted('n2', one);
    expect(run.refusal(now)).toBeDefined();
    run.acted('n1', one);
    expect(run.refusal(now)).toBeUndefined();
  });
});
