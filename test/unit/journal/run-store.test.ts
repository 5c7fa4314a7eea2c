import {
  appendFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { RunEvent } from '../../../src/base/event.ts';
import { continueRun, createRun, lastEventOf, listRuns, openRun, pruneRuns } from '../../../src/journal/run-store.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'k3sbox-journal-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

const asked = {
  version: '0.1.0',
  mode: 'run',
  playbooks: ['site.yaml'],
  inventories: ['prod'],
  options: { limit: 'n1' },
  extraVars: { token: '***' },
  hosts: ['n1'],
  connections: {},
  controller: { pid: 42, hostname: 'desk' },
} as const;

const finished: RunEvent = { type: 'run-finished', run: 'x', exitCode: 0, hosts: {} };
const warning: RunEvent = { type: 'warning', message: 'careful' };

function create(second = 0, mode: 'run' | 'check' = 'run') {
  return createRun({ ...asked, cwd, mode }, new Date(Date.UTC(2026, 10, 22, 10, 30, second)));
}

async function createWith(events: readonly RunEvent[], second = 0): Promise<string> {
  const { record, journal } = create(second);
  for (const event of events) journal.append(event);
  await journal.close();
  return record.id;
}

describe('a new run', () => {
  test('lies in a private folder that git does not see', () => {
    const { folder, record } = create();

    expect(record.id).toMatch(/^20261122-103000-[0-9a-f]{4}$/);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, 'run.json')).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, 'events.jsonl')).mode & 0o777).toBe(0o600);
    expect(readFileSync(join(cwd, '.k3sbox', '.gitignore'), 'utf8')).toBe('*\n');
    expect(readdirSync(join(cwd, '.k3sbox', 'runs'))).toEqual([record.id]);
  });

  test('tells how it was asked for', () => {
    const { record } = create();

    expect(openRun(cwd, record.id).record).toEqual({
      format: 1,
      id: record.id,
      started: '2026-11-22T10:30:00.000Z',
      cwd,
      ...asked,
    });
  });

  test('is refused before anything is touched when its folder cannot be written', () => {
    writeFileSync(join(cwd, '.k3sbox'), 'in the way');

    expect(() => create()).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: `the run cannot be recorded in ${cwd}/.k3sbox/runs: a part of its path is not a folder`,
        hint: 'Nothing was touched. Work in a folder you may write to.',
      }),
    );
  });
});

describe('events', () => {
  test('come back as they were, and as soon as they are appended', () => {
    const { record, journal } = create();

    journal.append(warning);

    expect(openRun(cwd, record.id)).toMatchObject({ events: [warning], damaged: 0 });
  });

  test('many callers of synced share the work and all resolve', async () => {
    const { journal } = create();

    await Promise.all(
      Array.from({ length: 200 }, () => {
        journal.append(warning);
        return journal.synced();
      }),
    );
    await journal.close();

    expect(openRun(cwd, 'last').events).toHaveLength(200);
  });

  test('a line torn by kill -9 is forgotten, and what comes later is not glued to it', async () => {
    const id = await createWith([warning]);
    const run = openRun(cwd, id);
    appendFileSync(join(run.folder, 'events.jsonl'), '{"type":"task-en');

    expect(openRun(cwd, id)).toMatchObject({ events: [warning], damaged: 0 });

    const journal = continueRun(run, asked.controller);
    journal.append(finished);
    await journal.close();

    expect(openRun(cwd, id)).toMatchObject({ events: [warning, finished], damaged: 1 });
    expect(lastEventOf(run)).toEqual(finished);
  });

  test('endless output of one task is cut', async () => {
    const output: RunEvent = {
      type: 'task-output',
      host: 'n1',
      task: 'build',
      id: 'build',
      stream: 'stdout',
      text: 'x'.repeat(400_000),
    };
    const id = await createWith([output, output, output, output, { ...output, id: 'other' }]);

    expect(openRun(cwd, id).events.map((event) => event.type === 'task-output' && event.text.length)).toEqual([
      400_000, 400_000, 31, 400_000,
    ]);
  });

  test('a full disk is an error with the next step', () => {
    const { journal } = createOnFullDisk();

    expect(() => journal.append(warning)).toThrow(
      expect.objectContaining({
        code: 'usage',
        message: expect.stringMatching(/^the journal .* cannot be written: no space left on the disk$/),
      }),
    );
  });
});

/** /dev/full takes nothing, as a disk without space. */
function createOnFullDisk() {
  const run = create();
  rmSync(join(run.folder, 'events.jsonl'));
  symlinkSync('/dev/full', join(run.folder, 'events.jsonl'));
  return { journal: continueRun(run, asked.controller) };
}

describe('finding runs', () => {
  test('the newest comes first, also within a second', () => {
    const ids = [0, 250, 500].map((ms) => createRun({ ...asked, cwd }, new Date(1_795_343_400_000 + ms)).record.id);

    expect(listRuns(cwd).map(({ record }) => record.id)).toEqual(ids.toReversed());
  });

  test('the last run is the last that set out to change something, when that is asked', async () => {
    const intended: RunEvent = {
      type: 'step-intended',
      host: 'n1',
      task: 'copy',
      id: 'a',
      step: '0001.0',
      say: 'x',
      reversible: true,
    };
    const first = await createWith([intended], 0);
    await createWith([warning, finished], 1);
    const third = create(2, 'check').record.id;

    expect([openRun(cwd, 'last').record.id, openRun(cwd, 'last', 'run').record.id]).toEqual([third, first]);
  });

  test('an unknown run names the newest ones', () => {
    const id = create().record.id;

    expect(() => openRun(cwd, '20200101-000000-0000')).toThrow(
      expect.objectContaining({
        message: 'there is no run 20200101-000000-0000',
        hint: `The newest runs are: ${id} (run site.yaml).`,
      }),
    );
  });

  test('an id is never a path', () => {
    create();

    expect(() => openRun(cwd, '../../etc')).toThrow('there is no run ../../etc');
  });

  test('without runs the hint says where they are looked for', () => {
    expect(() => openRun(cwd, 'last')).toThrow(`there are no runs in ${cwd}/.k3sbox/runs`);
  });

  test('folders that are not runs are passed over', () => {
    const { folder } = create();
    writeFileSync(join(folder, 'run.json'), '{"format": 2}');

    expect(listRuns(cwd)).toEqual([]);
  });
});

test('pruning keeps the newest runs and every run that did not come to its end', async () => {
  const old = await createWith([finished], 0);
  const unfinished = await createWith([warning], 1);
  const recent = await createWith([finished], 2);

  expect(pruneRuns(cwd, 1)).toEqual([old]);
  expect(listRuns(cwd).map(({ record }) => record.id)).toEqual([recent, unfinished]);
});
