import { describe, expect, test } from 'vitest';

import type { RunEvent } from '../../../src/base/event.ts';
import { actedPlaces } from '../../../src/run/recorded-steps.ts';
import { recordedRun } from '../../helpers/recorded-run.ts';

function intended(host: string, more: { on?: string; as?: string } = {}): RunEvent {
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
