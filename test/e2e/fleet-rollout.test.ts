/*
 * Proves what a rollout over a fleet promises, on 200 hosts that are simulated in another process and spoken to over SSH: it stops
 * within its budget, takes back what it must, tells of every host, and has no more hosts in flight than it was allowed.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { afterAll, beforeAll, expect, onTestFinished, test, vi } from 'vitest';
import { z } from 'zod';

import { type SimulatedFleet, type SimulatedFleetOptions, startFleet } from '../fleet/simulated-fleet.ts';
import { type BuiltCli, buildCli } from '../helpers/built-cli.ts';

vi.setConfig({ testTimeout: 120_000 });

const Finished = z.object({
  type: z.literal('run-finished'),
  exitCode: z.number(),
  hosts: z.record(z.string(), z.object({ status: z.string() })),
});

let cli: BuiltCli;
let fleet: SimulatedFleet;

beforeAll(async () => {
  cli = await buildCli();
}, 120_000);

afterAll(() => cli.remove());

async function start(options: Partial<SimulatedFleetOptions>): Promise<void> {
  fleet = await startFleet({ hosts: 200, ...options });
  onTestFinished(() => fleet.stop());
}

/** Runs a play of three tasks on all hosts; the last one fails on broken ones. `hostsOf` are the hosts with a status, by number. */
async function roll(keywords: string, first = '') {
  const play = `- hosts: all
  ${keywords}
  tasks:
    ${first}
    - file: { path: /etc/app, state: directory }
    - copy: { dest: /etc/app/name, content: "{{ inventory_hostname }}" }
    - copy: { dest: /srv/data, content: "x" }
`;
  writeFileSync(join(fleet.folder, 'site.yaml'), play);
  const words = ['run', 'site.yaml', '-i', 'hosts.yaml', '--output', 'json', '--forks', '25'];
  const { stdout, exitCode } = await cli.run(fleet.folder, ...words);
  const lines = stdout.trim().split('\n');
  const end = Finished.parse(JSON.parse(lines.at(-1) ?? ''));
  expect(end.exitCode).toBe(exitCode);
  const hostsOf = (status: string): readonly number[] =>
    Object.entries(end.hosts).flatMap(([name, host]) => (host.status === status ? [Number(name.slice(1))] : []));
  return { exitCode, hostsOf, stdout };
}

async function having(path = '/srv/data'): Promise<readonly number[]> {
  return (await fleet.look(path)).having.map((name) => Number(name.slice(1)));
}

const failing = { broken: [5, 45, 70], away: [30, 95] };
const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);

test('a rollout of 200 hosts stops at the failure that exceeds its budget', async () => {
  await start(failing);
  const { exitCode, hostsOf, stdout } = await roll('rollout: { waves: [20, 40, 70], window: 10, budget: 4 }');

  expect(exitCode).toBe(5);
  expect(hostsOf('rolled-back')).toEqual([5, 45, 70]);
  expect(hostsOf('unreachable')).toEqual([30, 95]);
  const notStarted = hostsOf('skipped');
  // When h95 failed, ten hosts were in flight at most.
  const first = notStarted[0] ?? 0;
  expect(first).toBeGreaterThan(95);
  expect(first).toBeLessThanOrEqual(105);
  expect(notStarted).toEqual(numbers(first, 200));
  expect(stdout).toContain(`failed; not started: h${first}, h${first + 1}, `);
  expect(hostsOf('ok')).toEqual(numbers(1, first - 1).filter((n) => ![5, 45, 70, 30, 95].includes(n)));
  expect(await having()).toEqual(hostsOf('ok'));
  expect(await fleet.look()).toMatchObject({ locked: 0, open: 0 });
});

test.each([
  ['wave', numbers(1, 60).filter((n) => ![5, 45, 30].includes(n))],
  ['run', []],
])('with on_failure: %s the others go back, too', async (onFailure, left) => {
  await start(failing);
  const rollout = `{ waves: [20, 40, 70], window: 10, budget: 4, on_failure: ${onFailure} }`;
  const { exitCode, hostsOf } = await roll(`rollout: ${rollout}`);

  expect(exitCode).toBe(5);
  expect(hostsOf('ok')).toEqual(left);
  expect(await having('/etc/app')).toEqual(left);
  expect(hostsOf('unreachable')).toEqual([30, 95]);
  expect((await fleet.look()).locked).toBe(0);
});

test('a budget that is not exceeded lets it go to its end', async () => {
  await start(failing);
  const { exitCode, hostsOf } = await roll('rollout: { waves: [10%], budget: "2.5%" }');

  expect(exitCode).toBe(5);
  expect(hostsOf('skipped')).toEqual([]);
  expect(await having()).toHaveLength(195);
});

test('a gate keeps a wave from beginning, and asks with the wave before it', async () => {
  await start({});
  const gate = `[{ command: "test '{{ first ansible_play_batch }}' != h61", changed_when: false }]`;
  const { exitCode, hostsOf, stdout } = await roll(`rollout: { waves: [20, 40, 70], gate: ${gate} }`);

  expect(exitCode).toBe(5);
  expect(await having()).toEqual(numbers(1, 60));
  expect(hostsOf('failed')).toEqual(numbers(61, 130));
  expect(hostsOf('skipped')).toEqual(numbers(131, 200));
  expect(stdout).toContain('h130 may not begin; not started: h131, ');
});

test("what Ansible's words make of three failures and two hosts that are away", { timeout: 300_000 }, async () => {
  await start({ ...failing, hosts: 100 });
  const plays = [
    ['strategy: free'],
    ['strategy: linear', 'order: reverse_inventory'],
    ['serial: 20'],
    ['serial: [5, 30%]'],
    ['serial: 50', 'max_fail_percentage: 6'],
    ['serial: 100%', 'order: shuffle'],
    ['ignore_unreachable: true'],
  ];
  const seen: string[] = [];
  for (const keywords of plays) {
    const { exitCode, hostsOf } = await roll(keywords.join('\n  '));
    const [ok, back, away, skipped] = ['ok', 'rolled-back', 'unreachable', 'skipped'].map(
      (name) => hostsOf(name).length,
    );
    seen.push(`${keywords.join(', ')}: exit ${exitCode}, ${ok} ok, ${back} back, ${away} away, ${skipped} not reached`);
  }

  expect(seen).toMatchInlineSnapshot(`
    [
      "strategy: free: exit 5, 95 ok, 3 back, 2 away, 0 not reached",
      "strategy: linear, order: reverse_inventory: exit 5, 95 ok, 3 back, 2 away, 0 not reached",
      "serial: 20: exit 5, 19 ok, 1 back, 0 away, 80 not reached",
      "serial: [5, 30%]: exit 5, 4 ok, 1 back, 0 away, 95 not reached",
      "serial: 50, max_fail_percentage: 6: exit 5, 95 ok, 3 back, 2 away, 0 not reached",
      "serial: 100%, order: shuffle: exit 5, 95 ok, 3 back, 2 away, 0 not reached",
      "ignore_unreachable: true: exit 5, 95 ok, 3 back, 2 away, 0 not reached",
    ]
  `);
});

test('a host that is away at a task with ignore_unreachable is no failure, and the play goes on without it', async () => {
  await start({ hosts: 6, away: [3] });
  const { exitCode, hostsOf } = await roll(
    'serial: 2',
    '- { command: "true", changed_when: false, ignore_unreachable: true }',
  );

  expect(exitCode).toBe(0);
  expect(await having()).toEqual([1, 2, 4, 5, 6]);
  expect(hostsOf('unreachable')).toEqual([3]);
});

test('a failure at a task with any_errors_fatal ends the play for all', async () => {
  await start({ hosts: 6, broken: [2] });
  const { exitCode, hostsOf } = await roll(
    'rollout: { waves: [2], budget: 5 }',
    '- { copy: { dest: /srv/first, content: x }, any_errors_fatal: true }',
  );

  expect(exitCode).toBe(5);
  expect(hostsOf('rolled-back').concat(hostsOf('failed'))).toContain(2);
  expect(hostsOf('skipped')).toEqual([3, 4, 5, 6]);
});

test.each(['free', 'linear'])(
  'with strategy %s, no more hosts are asked at a time than forks allow',
  async (strategy) => {
    await start({ scriptMs: 20 });
    const { exitCode } = await roll(`strategy: ${strategy}`);

    expect(exitCode).toBe(0);
    const { mostScripts, having: done } = await fleet.look('/srv/data');
    expect(done).toHaveLength(200);
    expect(mostScripts).toBeGreaterThan(5);
    // 25 in flight, and as many that are let go of.
    expect(mostScripts).toBeLessThanOrEqual(50);
  },
);
