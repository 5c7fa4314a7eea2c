import { describe, expect, test } from 'vitest';

import { type CpuProfile, flameGraph } from '../../bench/flame-graph.ts';

function call(id: number, functionName: string, url: string, children: number[] = []): CpuProfile['nodes'][number] {
  return { id, callFrame: { functionName, url, lineNumber: 0, columnNumber: 0 }, children };
}

const profile: CpuProfile = {
  nodes: [
    call(1, '(root)', '', [2, 5, 6]),
    call(2, 'run', 'src/run/run.ts', [3, 4]),
    call(3, 'plan', 'src/run/plan.ts'),
    call(4, 'a<b', 'ssh2'),
    call(5, '(idle)', ''),
    call(6, 'run', 'src/run/run.ts', [7]),
    call(7, 'plan', 'src/run/plan.ts'),
  ],
  samples: [3, 4, 5, 2, 7],
  timeDeltas: [1000, 4000, 90_000, 3000, 2000],
};

describe('a flame graph', () => {
  const titles = [...flameGraph(profile, ({ url }) => url).matchAll(/<title>(.*?)<\/title>/g)].map(
    ([, title]) => title,
  );

  test('has each call with what it took, equal ones once, and no idle time', () => {
    expect(titles).toEqual([
      'all: 10 ms, 100.0 %',
      'src/run/run.ts run: 10 ms, 100.0 %',
      'src/run/plan.ts plan: 3 ms, 30.0 %',
      'ssh2 a&lt;b: 4 ms, 40.0 %',
    ]);
  });

  test('draws what is called above its caller, as wide as its time', () => {
    const rects = [...flameGraph(profile, ({ url }) => url).matchAll(/<rect x="(.*?)" y="(.*?)" width="(.*?)"/g)];

    expect(rects.map(([, x, y, width]) => [x, y, width].map(Number))).toEqual([
      [0, -17, 1200],
      [0, -34, 1200],
      [0, -51, 360],
      [360, -51, 480],
    ]);
  });
});
