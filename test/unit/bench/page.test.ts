import { describe, expect, test } from 'vitest';

import { goals, verdict } from '../../bench/goals.ts';
import { page } from '../../bench/page.ts';
import type { Result } from '../../bench/results.ts';
import { cells, everything, runsOf } from '../../bench/selection.ts';
import { median, summarise } from '../../bench/statistics.ts';
import { allTools } from '../../bench/tools/index.ts';

function result(changes: Partial<Result>): Result {
  return {
    at: '2026-11-28T10:00:00.000Z',
    tool: 'ssh',
    work: 'w2-first',
    link: 'loopback',
    hosts: 100,
    wall: 5,
    controllerCpu: 1,
    hostsCpu: 8,
    peakMemoryMb: 60,
    controllerProcesses: 200,
    bytes: 1_638_400,
    hostProcesses: 67,
    otherCores: 0,
    ...changes,
  };
}

function figureOf(what: RegExp, runs: readonly Result[]): readonly [number | undefined, string] {
  const goal = goals.find((one) => what.test(one.what));
  if (goal === undefined) throw new Error(`no goal ${String(what)}`);
  const figure = goal.figure(summarise(runs));
  return [figure, verdict(goal, figure)];
}

function runsIn(name: string, selection: typeof everything): readonly string[] {
  return cells(selection).flatMap((cell) => {
    const tool = allTools().find((one) => one.name === name);
    const count = tool === undefined ? 0 : runsOf(tool, cell, selection);
    return count === 0 ? [] : [`${cell.work} ${cell.link} ${cell.hosts}: ${count}`];
  });
}

describe('medians', () => {
  test.each([
    { values: [3], middle: 3 },
    { values: [10, 1, 2], middle: 2 },
    { values: [4, 1, 2, 10], middle: 3 },
    { values: [], middle: NaN },
  ])('the median of $values is $middle', ({ values, middle }) => {
    expect(median(values)).toBe(middle);
  });

  test('a run with a problem counts for nothing and is named', () => {
    const runs = [result({ wall: 5 }), result({ wall: 7 }), result({ wall: 0.1, problem: 'h3: file etc/file1.conf' })];
    expect(summarise(runs)).toMatchObject([
      { runs: 2, wall: 6, wallMin: 5, wallMax: 7, problems: ['h3: file etc/file1.conf'] },
    ]);
  });

  test('another tool, link or number of hosts is another summary', () => {
    const runs = [result({}), result({ tool: 'clush' }), result({ link: '50ms' }), result({ hosts: 10 })];
    expect(summarise(runs)).toHaveLength(4);
  });
});

describe('goals', () => {
  test.each([
    { wall: 5.5, judged: 'met' },
    { wall: 5.6, judged: 'missed' },
  ])('with a floor of 5 s, $wall s are $judged', ({ wall, judged }) => {
    expect(figureOf(/first run, 100 hosts/, [result({}), result({ tool: 'k3sbox', wall })])).toEqual([
      wall / 5,
      judged,
    ]);
  });

  test('to be many times faster, the other must take as many times longer', () => {
    const runs = [result({ tool: 'mitogen', hosts: 50, wall: 40 }), result({ tool: 'k3sbox', hosts: 50, wall: 2 })];
    expect(figureOf(/faster than mitogen/, runs)).toEqual([20, 'met']);
  });

  test('CPU for each host is a slope: the start of the program is not in it', () => {
    const runs = [
      result({ tool: 'k3sbox', hosts: 1, controllerCpu: 0.5 }),
      result({ tool: 'k3sbox', hosts: 100, controllerCpu: 0.5 + 0.99 }),
    ];
    expect(figureOf(/CPU time of the controller/, runs)).toEqual([expect.closeTo(10), 'met']);
  });

  test('what was not measured is neither met nor missed', () => {
    expect(figureOf(/scp/, [result({})])).toEqual([undefined, 'not measured']);
  });
});

describe('what is measured', () => {
  test('a slow tool is measured less often, and not with all hosts', () => {
    expect(runsIn('ansible-tuned', { ...everything, works: ['w2'] })).toEqual([
      'w2 loopback 1: 1',
      'w2 loopback 10: 1',
      'w2 loopback 50: 1',
      'w2 50ms 1: 1',
      'w2 50ms 10: 1',
    ]);
  });

  test('a tool that is named does all that is asked for', () => {
    const asked = { tools: ['ansible-tuned'], works: ['w4'], hosts: [100], links: ['50ms'], runs: 2 } as const;
    expect(runsIn('ansible-tuned', asked)).toEqual(['w4 50ms 100: 2']);
  });
});

test('the page holds figures against the floor, and says what is missing', () => {
  const text = page({
    summaries: summarise([
      result({}),
      result({ tool: 'k3sbox', wall: 6, roundTrips: 7 }),
      result({ tool: 'k3sbox', wall: 0.2, problem: 'h1: link opt/current' }),
    ]),
    simulated: [],
    tools: allTools().filter(({ name }) => name === 'ssh' || name === 'k3sbox'),
    absent: [{ name: 'pyinfra', why: 'it is not in Debian' }],
    days: ['2026-11-28'],
    machine: '2 × a processor',
    load: { median: 0.04, most: 1.26 },
    versions: ['openssh-client 10.0'],
  });
  expect(text).toContain('Measured on 2026-11-28 by `npm run bench` on one machine, hosts included: 2 × a processor.');
  expect(text).toContain('Other work on it had 0.0 cores in the median run, and 1.3 in the worst.');
  expect(text).toContain('- `pyinfra`: **not installed**: it is not in Debian');
  expect(text).toContain(
    '| W2 first run, 100 hosts, loopback: wall time against the floor | ≤ 1.1 x | 1.20 x | missed |',
  );
  expect(text.slice(text.indexOf('## W2'))).toMatchInlineSnapshot(`
    "## W2: 20 tasks, first run, loopback

    | hosts | tool | runs | wall s | × | controller CPU s | hosts CPU s | memory MB | KiB a host | processes a host | round trips |
    | --: | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |
    | 100 | ssh | 1 | 5.00 | 1.00 | 1.00 | 8.00 | 60 | 16 | 67 | - |
    | 100 | k3sbox | 1 | 6.00 | 1.20 | 1.00 | 8.00 | 60 | 16 | 67 | 7 |

    Runs that do not count:

    - \`k3sbox\` with 100 hosts: h1: link opt/current

    ## A simulated fleet

    One process that speaks SSH and our frames stands for all hosts (\`npm run bench:fleet\`). Not measured.
    "
  `);
});
