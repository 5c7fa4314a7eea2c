import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import type { RunEvent } from '../../../src/base/event.ts';
import { takeLead } from '../../../src/journal/leader.ts';
import { createRun, openRun } from '../../../src/journal/run-store.ts';
import { k3sbox } from '../../helpers/cli.ts';
import { on, recordedRun } from '../../helpers/recorded-run.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'k3sbox-runs-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

/** No process has this id: Linux counts to 2^22. */
const gone = { pid: 2 ** 22 + 1, hostname: hostname() };

async function record(events: readonly RunEvent[], second: number, controller = gone): Promise<string> {
  const started = new Date(Date.UTC(2026, 10, 22, 10, 30, second));
  const { record: run, journal } = createRun(
    {
      version: '0.1.0',
      mode: 'run',
      playbooks: ['site.yaml'],
      inventories: ['prod'],
      options: {},
      extraVars: {},
      hosts: ['n1', 'n2'],
      connections: {},
      cwd,
      controller,
    },
    started,
  );
  for (const event of events) journal.append(event);
  await journal.close();
  return run.id;
}

/** When runs of these tests start, and some seconds later. */
function at(second: number): string {
  return new Date(Date.UTC(2026, 10, 22, 10, 30, second)).toISOString();
}

const stopped: RunEvent[] = [
  { type: 'run-started', run: 'r', mode: 'run', title: 'site.yaml', hosts: ['n1', 'n2'] },
  { type: 'host-connected', host: 'n1', elapsedMs: 5 },
  { type: 'step-intended', ...on('n1', 'a', 'Write it'), step: '1', say: 'write /a', reversible: true },
  { type: 'step-done', ...on('n1', 'a', 'Write it'), step: '1', say: 'write /a', changed: true },
  { type: 'step-intended', ...on('n1', 'b', 'Boot'), step: '2', say: 'restart the machine', reversible: false },
];

describe('runs list', () => {
  test('shows how each run ended, the newest first', async () => {
    const done = await record([{ type: 'run-finished', run: 'r', exitCode: 0, hosts: {} }], 0);
    const failed = await record(recordedRun, 1);
    const dead = await record(stopped, 2);
    const alive = await record(stopped, 3, { pid: process.pid, hostname: hostname() });
    const run = openRun(cwd, alive);
    const lead = takeLead(run, run.record.controller, () => false);
    const { stdout, exitCode } = await k3sbox(cwd, 'runs', 'list');
    lead.release();

    expect(exitCode).toBe(0);
    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line) => line.split(/ {2,}/)),
    ).toEqual([
      [alive, expect.any(String), 'run', 'running', '0ms', '2 hosts', 'changed=0', 'failed=0', 'site.yaml'],
      [
        dead,
        expect.any(String),
        'run',
        'stopped in the middle',
        '0ms',
        '2 hosts',
        'changed=0',
        'failed=0',
        'site.yaml',
      ],
      [failed, expect.any(String), 'run', 'task failed (5)', '2m13s', '2 hosts', 'changed=3', 'failed=1', 'site.yaml'],
      [done, expect.any(String), 'run', 'done', '0ms', '2 hosts', 'changed=0', 'failed=0', 'site.yaml'],
    ]);
  });

  test('tells what was resumed or taken back later, and can leave out what went well', async () => {
    const finished = { type: 'run-finished', run: 'r', hosts: {} } as const;
    const goesOn = { type: 'run-started', run: 'r', mode: 'run', title: 't', hosts: ['n1'], resumed: true } as const;
    const goesBack = { type: 'run-started', run: 'r', mode: 'rollback', title: 't', hosts: ['n1'] } as const;
    await record([{ ...finished, exitCode: 0, time: at(3) }], 0);
    const back = await record(
      [{ ...finished, exitCode: 5, time: at(4) }, goesBack, { ...finished, exitCode: 0, time: at(50) }],
      1,
    );
    const resumed = await record([...stopped, goesOn, { ...finished, exitCode: 4, time: at(9) }], 2);
    const { stdout } = await k3sbox(cwd, 'runs', 'list', '--failed', '--output', 'json');

    expect(JSON.parse(stdout)).toMatchObject([
      {
        run: resumed,
        state: 'finished',
        exitCode: 4,
        rollbackExitCode: null,
        ended: 'unreachable (4)',
        elapsedMs: 7000,
      },
      { run: back, exitCode: 5, rollbackExitCode: 0, ended: 'task failed (5), taken back', elapsedMs: 3000 },
    ]);
    expect((await k3sbox(cwd, 'runs', 'list', '-n', '1')).stdout.trimEnd().split('\n')).toEqual([
      expect.stringContaining(resumed),
    ]);
  });

  test('is empty where nothing ran', async () => {
    expect(await k3sbox(cwd, 'runs', 'list')).toEqual({ exitCode: 0, stdout: '', stderr: '' });
  });
});

describe('runs show', () => {
  test('shows the last run as it was shown when it happened', async () => {
    await record(recordedRun, 0);

    expect((await k3sbox(cwd, 'runs', 'show')).stdout).toContain('n3    failed            1m5s  Start K3s\n');
    expect((await k3sbox(cwd, 'runs', 'show', '--last', '-v')).stdout).toContain('n3    | Job for k3s failed\n');
  });

  test('gives the same events as JSON', async () => {
    await record(recordedRun, 0);
    const { stdout } = await k3sbox(cwd, 'runs', 'show', '--output', 'json');

    expect(
      stdout
        .trimEnd()
        .split('\n')
        .map((line): unknown => JSON.parse(line)),
    ).toEqual(recordedRun);
  });

  test('says what still stands where, when the controller died', async () => {
    const id = await record(stopped, 0);
    const { stdout } = await k3sbox(cwd, 'runs', 'show', id);

    expect(stdout).toContain(
      [
        `run ${id} was stopped in the middle`,
        'n1  still stands  write /a  (Write it)',
        'n1  perhaps done  restart the machine  (Boot)  (not reversible)',
        `go on with: k3sbox resume ${id}`,
        `take it back with: k3sbox rollback ${id}`,
        '',
      ].join('\n'),
    );
  });
});

test('runs prune says how many went', async () => {
  await record([{ type: 'run-finished', run: 'r', exitCode: 0, hosts: {} }], 0);
  await record(recordedRun, 1);

  expect(await k3sbox(cwd, 'runs', 'prune', '--keep', '1')).toMatchObject({ exitCode: 0, stdout: '1 run removed\n' });
});
