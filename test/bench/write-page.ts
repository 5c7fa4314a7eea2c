import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { buildBase } from './fleet/base.ts';
import { thisMachine, versionsOf } from './machine.ts';
import { root } from './options.ts';
import { page } from './page.ts';
import { readResults } from './results.ts';
import { median, summarise } from './statistics.ts';
import { toolsIn } from './tools/index.ts';

/** Makes docs/benchmarks.md from a file of results. The tools and the machine are those of now. @returns an exit code */
export async function writePage(results: string): Promise<number> {
  const { measured, simulated } = readResults(results);
  if (measured.length === 0) {
    process.stderr.write(`bench: nothing was measured yet: ${results} has no runs\n`);
    return 1;
  }
  const base = await buildBase((line) => process.stdout.write(`${line}\n`));
  const { present, absent } = toolsIn(base);
  const others = measured.map(({ otherCores }) => otherCores);
  const text = page({
    summaries: summarise(measured),
    simulated,
    tools: present,
    absent,
    days: [...new Set(measured.map(({ at }) => at.slice(0, 10)))].toSorted(),
    machine: thisMachine(),
    load: { median: median(others), most: Math.max(...others) },
    versions: await versionsOf(base),
  });
  const file = join(root, 'docs/benchmarks.md');
  writeFileSync(file, text);
  process.stdout.write(`wrote ${file}\n`);
  return 0;
}
