import { describe, expect, test } from 'vitest';

import { compareHosts } from '../../../src/plan/compare-plans.ts';
import type { SavedHost, SavedStep, SavedTask } from '../../../src/plan/saved-plan.ts';

const read = (of: string, answer: string) => ({ of, digest: answer });
const write = (before: string, after: string, digest: string | undefined = after): SavedStep => ({
  say: 'write /etc/motd',
  reversible: true,
  diff: { of: '/etc/motd', before, after },
  ...(digest !== undefined && { digest }),
});

function task(more: Partial<SavedTask> = {}): SavedTask {
  const reads = [read('/etc/motd', 'old')];
  return { id: 'motd', name: 'Motd', at: 'a.yaml:1:1', module: 'copy', action: 'none', steps: [], reads, ...more };
}

const change = (more: Partial<SavedTask> = {}) => task({ action: 'change', steps: [write('old', 'new')], ...more });
const host = (...tasks: readonly SavedTask[]): SavedHost => ({ reached: {}, tasks: [...tasks] });

/** The differences without what is the same in all. */
function differences(then: readonly SavedTask[], now: readonly SavedTask[]) {
  return compareHosts(host(...then), host(...now)).map(({ what, diff }) => (diff === undefined ? what : [what, diff]));
}

const motd = (before: string, after: string) => ({ of: '/etc/motd', before, after });

describe('a plan holds', () => {
  test.each([
    ['when nothing is different', [change()], [change()]],
    ['whatever the sentences and notes say', [change({ note: 'a' })], [change({ note: 'b', name: 'Other' })]],
    ['when what the moment decides is decided otherwise', [change({ steps: [] })], [task()]],
    [
      'also with more of that than before',
      [change()],
      [change({ steps: [{ say: 'fetch lists', reversible: true }, write('old', 'new')] })],
    ],
    [
      'for what is known after apply',
      [task({ action: 'unknown' })],
      [task({ action: 'unknown', steps: [write('a', 'b')] })],
    ],
  ])('%s', (_title, then, now) => {
    expect(differences(then, now)).toEqual([]);
  });
});

describe('a plan does not hold', () => {
  test.each<[title: string, then: readonly SavedTask[], now: readonly SavedTask[], expected: readonly unknown[]]>([
    [
      'when a file that is to be written was changed: how, is shown',
      [change()],
      [change({ steps: [write('other', 'new')], reads: [read('/etc/motd', 'other')] })],
      [['/etc/motd is not as it was', motd('old', 'other')]],
    ],
    [
      'when a file that was right is no longer',
      [task()],
      [change({ steps: [write('other', 'new')], reads: [read('/etc/motd', 'other')] })],
      [['/etc/motd is not as it was', motd('new', 'other')]],
    ],
    [
      'when somebody did what was planned',
      [change()],
      [task({ reads: [read('/etc/motd', 'new')] })],
      [['/etc/motd is not as it was', motd('old', 'new')]],
    ],
    [
      'when something was read that nobody can show',
      [change({ reads: [read('unit ssh', 'up'), read('/etc/motd', 'old')] })],
      [change({ reads: [read('unit ssh', 'down'), read('/etc/motd', 'old')] })],
      ['unit ssh is not as it was'],
    ],
    [
      'when something else is looked at',
      [task()],
      [task({ reads: [read('/etc/motd', 'old'), read('/etc/issue', 'x')] })],
      ['/etc/issue is not as it was'],
    ],
    [
      'when a task has something to do now',
      [task()],
      [change()],
      ['had nothing to do, and would change something now'],
    ],
    [
      'when a task is skipped now',
      [change()],
      [task({ action: 'skip' })],
      ['was to change something, and would be skipped now'],
    ],
    [
      'when other content would be written',
      [change()],
      [change({ steps: [write('old', 'newer')] })],
      [['would write /etc/motd, but otherwise than planned', motd('new', 'newer')]],
    ],
    [
      'when there are other steps',
      [change({ steps: [{ say: 'a', reversible: true, digest: 'a' }] })],
      [change({ steps: [{ say: 'b', reversible: true, digest: 'b' }] })],
      ['would no longer a', 'would now b'],
    ],
    ['when a task is gone', [change(), change({ id: 'b' })], [change()], ['is no longer done on this host']],
    ['when a task is new', [change()], [change(), change({ id: 'b' })], ['is done on this host now, too']],
    ['when a task is done more often', [change()], [change(), change()], ['is done on this host now, too']],
  ])('%s', (_title, then, now, expected) => {
    expect(differences(then, now)).toEqual(expected);
  });
});

test('a difference names the task and its place', () => {
  expect(compareHosts(host(task()), host(change()))).toMatchObject([{ task: 'Motd', at: 'a.yaml:1:1' }]);
});
