import { setImmediate as nextTurn } from 'node:timers/promises';

import { describe, expect, test } from 'vitest';

import type { Op, Step } from '../../../src/base/op.ts';
import { sh } from '../../../src/base/sh.ts';
import type { Query } from '../../../src/host/query.ts';
import type { HostReader } from '../../../src/host/reader.ts';
import type { Planned } from '../../../src/modules/module.ts';
import { Overlay } from '../../../src/run/overlay.ts';
import { planSegment } from '../../../src/run/plan-segment.ts';
import type { Plannable } from '../../../src/run/plannable.ts';
import { answersOf } from '../../helpers/fake-answers.ts';
import type { FakeState } from '../../helpers/fake-host.ts';

const step = (op: Op): Step => ({ say: op.kind, do: op });
const does = (...ops: readonly Op[]): Planned => ({ steps: ops.map(step) });
const says = (message: string): Planned => ({ steps: [], message });
const write = (path: string, text: string): Op => ({
  kind: 'file',
  path,
  content: { from: 'text', text },
  mode: '644',
});

interface Item extends Plannable {
  readonly name: string;
}

/** Plans items on a host in this state and notes what every round trip asked. */
async function planAll(state: FakeState, plans: readonly ((host: HostReader) => Promise<Planned>)[]) {
  const asked: string[][] = [];
  const items = plans.map((plan, i): Item => ({ name: `item ${i}`, plan }));
  const planned = await planSegment(items, {
    host: 'n1',
    user: 'root',
    read: (queries) => {
      asked.push(queries.map(inWords));
      return answersOf(state, queries);
    },
  });
  return { ...planned, asked, messages: planned.items.map((item) => item.planned.message) };
}

function inWords(query: Query): string {
  return query.kind === 'path' ? query.path : query.kind;
}

const typeOf = (path: string) => async (host: HostReader) => says((await host.path(path)).type);

/** The type of the path whose name stands in a file. */
const namedIn = (path: string) => async (host: HostReader) => {
  const { content } = await host.path(path, { want: 'content' });
  return content === undefined ? says('nothing there') : typeOf(content.toString())(host);
};

const logs = (line: string) => async (host: HostReader) => {
  const { content } = await host.path('/log', { want: 'content' });
  return does(write('/log', `${content?.toString() ?? ''}${line}\n`));
};

const needsA = async (host: HostReader): Promise<Planned> => {
  if ((await host.path('/a')).type === 'absent') throw new Error('there is no /a');
  return says('found');
};

const fail = async (): Promise<Planned> => {
  throw new Error('no');
};

describe('round trips', () => {
  test('items that ask nothing cost none', async () => {
    const { asked, messages } = await planAll({}, [async () => says('a'), async () => says('b')]);

    expect(asked).toEqual([]);
    expect(messages).toEqual(['a', 'b']);
  });

  test('the first questions of all items travel together, each question once', async () => {
    const { asked, messages } = await planAll({ files: { '/a': '' } }, [typeOf('/a'), typeOf('/b'), typeOf('/a')]);

    expect(asked).toEqual([['/a', '/b']]);
    expect(messages).toEqual(['file', 'absent', 'file']);
  });

  test('so do the questions that depend on an answer', async () => {
    const state = { files: { '/a': '/x', '/b': '/y', '/c': '/z', '/y': '' } };

    const { asked, messages } = await planAll(state, [namedIn('/a'), namedIn('/b'), namedIn('/c')]);

    expect(asked).toEqual([
      ['/a', '/b', '/c'],
      ['/x', '/y', '/z'],
    ]);
    expect(messages).toEqual(['absent', 'file', 'absent']);
  });

  test('an item that reads local files first does not make the others wait for a trip of its own', async () => {
    const slow = async (host: HostReader) => {
      await nextTurn();
      await nextTurn();
      return typeOf('/slow')(host);
    };

    const { asked } = await planAll({}, [typeOf('/a'), slow, typeOf('/b')]);

    expect(asked).toEqual([['/a', '/slow', '/b']]);
  });

  test('questions asked at once by one item travel at once', async () => {
    const { asked } = await planAll({}, [
      async (host) => {
        await Promise.all([host.path('/a'), host.unit('k3s'), host.facts()]);
        return says('');
      },
    ]);

    expect(asked).toEqual([['/a', 'unit', 'facts']]);
  });

  test('a question that only comes up because of an earlier step costs a trip more', async () => {
    const { asked, messages } = await planAll({ files: { '/b': '' } }, [
      async () => does(write('/a', '/b')),
      namedIn('/a'),
    ]);

    expect(asked).toEqual([['/a'], ['/b']]);
    expect(messages[1]).toBe('file');
  });
});

describe('what a later item sees', () => {
  const before: FakeState = {
    files: { '/old': 'old', '/full/x': 'x', '/link': { target: '/old' } },
    units: { 'k3s.service': { active: false, enabled: false } },
  };
  const cases: [sees: string, ops: Op[], look: (host: HostReader) => Promise<unknown>, expected: unknown][] = [
    [
      'a file as it will be written',
      [write('/old', 'new')],
      async (host) => (await host.path('/old', { want: 'content' })).content?.toString(),
      'new',
    ],
    [
      'a link as it will be',
      [{ kind: 'link', path: '/link', target: '/new' }],
      async (host) => (await host.path('/link')).target,
      '/new',
    ],
    [
      'a removed file as absent',
      [{ kind: 'remove', path: '/old' }],
      async (host) => (await host.path('/old')).type,
      'absent',
    ],
    [
      'what was in a removed folder as absent',
      [{ kind: 'remove', path: '/full' }],
      async (host) => (await host.path('/full/x')).type,
      'absent',
    ],
    [
      'a started unit as active',
      [{ kind: 'unit', unit: 'k3s.service', verb: 'start' }],
      async (host) => (await host.unit('k3s')).active,
      true,
    ],
    [
      'an enabled unit as enabled',
      [{ kind: 'unit', unit: 'k3s.service', verb: 'enable' }],
      async (host) => (await host.unit('k3s')).enabled,
      true,
    ],
  ];

  test.each(cases)('%s', async (_title, ops, look, expected) => {
    const { messages, asked } = await planAll(before, [
      async () => does(...ops),
      async (host) => says(JSON.stringify(await look(host))),
    ]);

    expect(messages[1]).toBe(JSON.stringify(expected));
    expect(asked).toHaveLength(1);
  });

  test('the last of several steps on one path counts', async () => {
    const { items, asked } = await planAll({ files: { '/log': '' } }, [logs('1'), logs('2'), logs('3')]);

    expect(items.at(-1)?.planned.steps[0]?.do).toMatchObject({ content: { text: '1\n2\n3\n' } });
    expect(asked).toEqual([['/log']]);
  });

  test('items keep their order, and what each rests on is what it saw', async () => {
    const { items } = await planAll({ files: { '/a': 'old' } }, [
      typeOf('/a'),
      async () => does(write('/a', 'new')),
      typeOf('/a'),
    ]);

    expect(items.map(({ item }) => item.name)).toEqual(['item 0', 'item 1', 'item 2']);
    const sums = items.map(({ reads }) => reads.map(({ answer }) => answer.kind === 'path' && answer.state.sizeBytes));
    expect(sums).toEqual([[3], [], [3]]);
    expect(items[0]?.reads).not.toEqual(items[2]?.reads);
  });

  test('a plan behind a command says what it assumes', async () => {
    const { items } = await planAll({}, [
      typeOf('/a'),
      async () => ({ steps: [{ say: 'run make', do: { kind: 'exec', command: sh`make` } }] }),
      typeOf('/a'),
    ]);

    expect(items.map(({ assumes }) => assumes)).toEqual([[], [], ['run make']]);
  });

  test('a plan on a path that a command may change is not certain', async () => {
    const { items } = await planAll({}, [
      async () => does({ kind: 'exec', command: sh`make`, saves: ['/a'] }),
      typeOf('/a'),
      typeOf('/b'),
    ]);

    expect(items.map(({ certain }) => certain)).toEqual([true, false, true]);
  });
});

describe('an item that cannot be planned', () => {
  test.each([0, 1, 2])('at place %i: keeps the items before it and none behind', async (place) => {
    const plans = [typeOf('/a'), typeOf('/b'), typeOf('/c')];
    plans[place] = fail;

    const { items, failure } = await planAll({}, plans);

    expect(items.map(({ item }) => item.name)).toEqual(['item 0', 'item 1', 'item 2'].slice(0, place));
    expect(failure).toMatchObject({ item: { name: `item ${place}` }, error: new Error('no') });
  });

  test('is no failure when an earlier step makes what it needs', async () => {
    const { failure, messages } = await planAll({}, [async () => does(write('/a', '')), needsA]);

    expect(failure).toBeUndefined();
    expect(messages[1]).toBe('found');
  });

  test('is one when an earlier step takes away what it needs', async () => {
    const { items, failure } = await planAll({ files: { '/a': '' } }, [
      async () => does({ kind: 'remove', path: '/a' }),
      needsA,
    ]);

    expect(items).toHaveLength(1);
    expect(failure?.error).toEqual(new Error('there is no /a'));
  });

  test('may leave questions open', async () => {
    const { failure } = await planAll({}, [
      async (host) => {
        await Promise.all([host.path('/a'), fail()]);
        return says('');
      },
    ]);

    expect(failure?.error).toEqual(new Error('no'));
  });
});

test('a host that cannot be asked fails the whole segment', async () => {
  const planning = planSegment([{ plan: typeOf('/a') }], {
    host: 'n1',
    user: 'root',
    read: () => Promise.reject(new Error('connection lost')),
  });

  await expect(planning).rejects.toThrow('connection lost');
});

test('what is only tried leaves the host to others as it was', async () => {
  const overlay = new Overlay('root');
  const options = { host: 'n1', user: 'root', read: (queries: readonly Query[]) => answersOf({}, queries), overlay };
  const planned = async (plan: Plannable['plan'], isTrial: boolean) =>
    (await planSegment([{ plan }], { ...options, isTrial })).items[0]?.planned;

  await planned(() => Promise.resolve(does(write('/a', 'x'))), true);
  expect(await planned(typeOf('/a'), false)).toEqual(says('absent'));

  await planned(() => Promise.resolve(does(write('/a', 'x'))), false);
  expect(await planned(typeOf('/a'), false)).toEqual(says('file'));
});

const needsIt: Plannable['plan'] = async (host) => {
  if ((await host.path('/opt/it')).type === 'absent' && host.isLenient !== true) throw new Error('missing');
  return does(write('/opt/it/file', 'x'));
};
const command: Plannable['plan'] = () => Promise.resolve(does({ kind: 'exec', command: sh`make` }));

test('what is missing is no reason to fail behind a command that may bring it', async () => {
  const behind = await planAll({}, [command, needsIt]);
  expect([behind.items.length, behind.items[1]?.assumes]).toEqual([2, ['exec']]);

  expect((await planAll({}, [needsIt])).failure).toMatchObject({ error: { message: 'missing' } });
});
