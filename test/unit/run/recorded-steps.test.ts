import { describe, expect, test } from 'vitest';

import type { RunEvent } from '../../../src/base/event.ts';
import { actedPlaces, onlyTasks } from '../../../src/run/recorded-steps.ts';
import { recordedRun } from '../../helpers/recorded-run.ts';

function intended(host: string, more: { on?: string; as?: string } = {}): Extract<RunEvent, { type: 'step-intended' }> {
  return {
    type: 'step-intended',
    host,
    task: 'a task',
    id: 'a-task',
    step: '0001.0',
    say: 'write /etc/motd',
    reversible: true,
    ...more,
  };
}

describe('the places where a run acted', () => {
  test.each<[title: string, events: RunEvent[], places: string[]]>([
    ['nothing was meant to be done', [{ type: 'warning', message: 'no' }], []],
    ['one host, however many steps', [intended('n1'), intended('n1')], ['n1']],
    ['hosts in the order of their first step', [intended('n2'), intended('n1'), intended('n2')], ['n2', 'n1']],
    ['each user of a host', [intended('n1'), intended('n1', { as: 'root' })], ['n1', 'n1 as root']],
    ['a host that a step was delegated to', [intended('n1', { on: 'n2' })], ['n1 on n2']],
    [
      'a host of its own and for others',
      [intended('n2'), intended('n1', { on: 'n2' }), intended('n3', { on: 'n2', as: 'root' })],
      ['n2', 'n1 on n2', 'n3 on n2 as root'],
    ],
  ])('%s', (_title, events, places) => {
    expect(actedPlaces(events).map(inWords)).toEqual(places);
  });

  test('come from what was meant, not from what was done: a crash may lie between', () => {
    expect(actedPlaces(recordedRun).map(({ origin }) => origin)).toEqual(expect.arrayContaining(['n1', 'n2', 'n3']));
  });
});

function inWords({ origin, host, as }: ReturnType<typeof actedPlaces>[number]): string {
  return `${origin}${host === origin ? '' : ` on ${host}`}${as === undefined ? '' : ` as ${as}`}`;
}

const done = (changed: boolean): RunEvent => ({
  type: 'step-done',
  host: 'n1',
  task: 'a task',
  id: 'a-task',
  step: '0001.0',
  say: 'write /etc/motd',
  changed,
});
const undone = (more: object = {}): RunEvent => ({
  type: 'undo-done',
  host: 'n1',
  step: '0001.0',
  say: 'x',
  ...more,
});

describe('a step stands', () => {
  const error = { code: 'rollback-failed', message: 'no' };

  test.each<[title: string, events: RunEvent[], stands: boolean]>([
    ['not when nobody knows whether it was done', [intended('n1')], false],
    ['when it was done', [intended('n1'), done(true)], true],
    ['not when it found all as wanted', [intended('n1'), done(false)], false],
    ['not when it was taken back', [intended('n1'), done(true), undone()], false],
    ['when it could not be taken back', [intended('n1'), done(true), undone({ error })], true],
    ['when another user had one of that number', [intended('n1'), done(true), undone({ as: 'root' })], true],
  ])('%s', (_title, events, stands) => {
    expect(actedPlaces(events).flatMap(({ steps }) => steps.map((step) => step.stands))).toEqual([stands]);
  });
});

describe('the steps of some tasks', () => {
  const places = actedPlaces([
    { ...intended('n1'), task: 'Configure', id: 'site.yaml:3' },
    { ...intended('n1'), task: 'Install', id: 'site.yaml:5', step: '0002.0' },
    { ...intended('n2'), task: 'Install', id: 'site.yaml:5' },
  ]);

  test.each([
    [['Configure'], ['n1 0001.0']],
    [['site.yaml:5'], ['n1 0002.0', 'n2 0001.0']],
    [
      ['Install', 'Configure'],
      ['n1 0001.0', 'n1 0002.0', 'n2 0001.0'],
    ],
  ])('%j are %j', (tasks, steps) => {
    expect(
      onlyTasks(places, tasks).flatMap((place) => place.steps.map(({ step }) => `${place.origin} ${step}`)),
    ).toEqual(steps);
  });

  test('of a task that did nothing are a mistake', () => {
    expect(() => onlyTasks(places, ['Reboot'])).toThrow('no task `Reboot` of the run changed anything');
  });
});
