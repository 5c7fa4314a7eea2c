import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, onTestFinished, test } from 'vitest';

import { sendControl } from '../../../../src/journal/control.ts';
import { Journal } from '../../../../src/journal/journal.ts';
import { readEvents } from '../../../../src/journal/read-events.ts';
import type { StoredRun } from '../../../../src/journal/run-store.ts';
import { LocalBackend } from '../../../../src/run/fleet/local-backend.ts';
import { type BackendSetUp, describeBackend } from './backend.contract.ts';

const pidOf = (controller: string): number => controller.charCodeAt(0);

function setUp(): BackendSetUp & { readonly run: StoredRun } {
  const folder = mkdtempSync(join(tmpdir(), 'k3sbox-backend-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const events = join(folder, 'events.jsonl');
  const record: StoredRun['record'] = {
    format: 1,
    id: '20261128-101500-ab12',
    version: '0.1.0',
    mode: 'run',
    playbooks: ['site.yaml'],
    inventories: [],
    options: {},
    extraVars: {},
    hosts: [],
    connections: {},
    cwd: folder,
    started: '2026-11-28T10:15:00.000Z',
    controller: { pid: 1, hostname: 'laptop' },
  };
  const run = { record, folder };
  const dead = new Set<number>();
  return {
    run,
    lead: (controller) =>
      LocalBackend.lead(
        run,
        { pid: pidOf(controller), hostname: 'laptop' },
        { isThere: ({ pid }) => !dead.has(pid), open: () => new Journal(events) },
      ),
    losesTouch: (controller) => dead.add(pidOf(controller)),
    say: (action) => sendControl(run, action),
    events: () => readEvents(events).events,
  };
}

describe('the local backend', () => {
  describeBackend(setUp);
});

test('who cannot open the journal does not keep the lead', () => {
  const made = setUp();
  const open = (): Journal => new Journal(join(made.run.folder, 'missing/events.jsonl'));
  expect(() => LocalBackend.lead(made.run, { pid: 7, hostname: 'laptop' }, { isThere: () => true, open })).toThrow(
    /cannot be written/,
  );

  expect(made.lead('a').lost.aborted).toBe(false);
});

test('nothing is left in the folder but the journal', async () => {
  const made = setUp();
  await made.lead('a').close();

  expect(readdirSync(made.run.folder)).toEqual(['events.jsonl']);
});

test('a dry run writes nothing down and hears nobody', async () => {
  const backend = LocalBackend.unrecorded();
  backend.serve(async () => 'ok');

  expect(backend.journal).toBeUndefined();
  expect(await backend.dispatch({ play: 0, wave: 0, host: 'n1' })).toBe('ok');
  await backend.close();
});
