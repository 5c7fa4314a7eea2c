import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, expect, test } from 'vitest';

import type { RunEvent } from '../../../src/base/event.ts';
import { createRun } from '../../../src/journal/run-store.ts';
import { k3sbox } from '../../helpers/cli.ts';
import { recordedRun } from '../../helpers/recorded-run.ts';

let cwd: string;

beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'k3sbox-report-'));
});

afterEach(() => {
  rmSync(cwd, { recursive: true });
});

/** A recorded run whose controller is gone: Linux counts processes to 2^22. */
async function record(events: readonly RunEvent[]): Promise<{ readonly id: string; readonly folder: string }> {
  const {
    record: run,
    folder,
    journal,
  } = createRun({
    version: '0.1.0',
    mode: 'run',
    playbooks: ['site.yaml'],
    inventories: ['prod'],
    options: { forks: 50 },
    extraVars: {},
    hosts: ['n1', 'n2'],
    connections: {},
    cwd,
    controller: { pid: 2 ** 22 + 1, hostname: hostname() },
  });
  for (const event of events) journal.append(event);
  await journal.close();
  return { id: run.id, folder };
}

/** The data in a page. */
function dataOf(page: string): unknown {
  return JSON.parse(/<script type="application\/json" id="data">(.*?)<\/script>/.exec(page)?.[1] ?? '');
}

test('a report lies in the folder of its run, with JSON and JUnit beside it, for nobody else', async () => {
  const { id, folder } = await record(recordedRun);
  const { stdout, exitCode } = await k3sbox(cwd, 'report', id);
  const names = [`report-${id}.html`, `report-${id}.json`, `report-${id}.junit.xml`];

  expect(exitCode).toBe(0);
  expect(stdout).toBe(`${folder}/report-${id}.html\nbeside it: report-${id}.json, report-${id}.junit.xml\n`);
  expect(readdirSync(folder).filter((name) => name.startsWith('report-'))).toEqual(names);
  for (const name of names) expect(statSync(join(folder, name)).mode & 0o777).toBe(0o600);
});

test('-o names the page, and the files beside it', async () => {
  await record(recordedRun);
  await k3sbox(cwd, 'report', '--last', '-o', 'night.html');

  expect(readdirSync(cwd).filter((name) => name.startsWith('night'))).toEqual([
    'night.html',
    'night.json',
    'night.junit.xml',
  ]);
  expect(JSON.parse(readFileSync(join(cwd, 'night.json'), 'utf8'))).toMatchObject({ format: 1, exitCode: 5 });
  expect(readFileSync(join(cwd, 'night.junit.xml'), 'utf8')).toMatch(/^<\?xml[^]*<\/testsuites>\n$/);
});

test.each([
  ['report', '-o', '-'],
  ['runs', 'show', '--output', 'html'],
])('%s %s %s prints the page and writes nothing', async (...words) => {
  const { folder } = await record(recordedRun);
  const { stdout } = await k3sbox(cwd, ...words);

  expect(stdout).toMatch(/^<!doctype html>/);
  expect(dataOf(stdout)).toMatchObject({ verdict: { kind: 'bad', title: 'Failed' } });
  expect(readdirSync(folder).toSorted()).toEqual(['events.jsonl', 'run.json']);
});

test('a report that cannot be written says where and what to do', async () => {
  await record(recordedRun);

  expect(await k3sbox(cwd, 'report', '-o', 'nowhere/out.html')).toMatchObject({
    exitCode: 2,
    stderr: `error: the report ${cwd}/nowhere/out.html cannot be written: it does not exist\n    hint     Name a file in a folder you may write to with \`-o FILE.html\`.\n`,
  });
});

test('a journal that was cut short still makes a report, which says so', async () => {
  const { folder } = await record(recordedRun.slice(0, 30));
  appendFileSync(join(folder, 'events.jsonl'), 'no event\n{"type":"task-en');
  const { stdout } = await k3sbox(cwd, 'report', '-o', '-');

  expect(dataOf(stdout)).toMatchObject({
    verdict: { title: 'Stopped in the middle' },
    facts: { damaged: 1, isCutShort: true, isAlive: false },
  });
});
