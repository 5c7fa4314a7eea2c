import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

import { afterAll, beforeAll } from 'vitest';

import { Lab, type NodeOptions } from '../lab/lab.ts';
import type { Ended, RunOptions } from '../lab/run.ts';

const root = resolve(import.meta.dirname, '../..');

/** A lab of its own for the tests of a file, with the nodes n1..n`count`: there before the first test, gone after the last. */
export function useLab(name: string, count: number, options: NodeOptions = {}): Lab {
  const lab = testLab(name);
  beforeAll(async () => {
    await removeOrphans();
    await lab.up(count, options);
  });
  afterAll(() => lab.down());
  return lab;
}

/** A lab that no other test run of this clone has; removing it is up to the caller, or to the next run if this one is killed. */
export function testLab(name: string): Lab {
  return new Lab(`${name}pid${process.pid}`);
}

async function removeOrphans(): Promise<void> {
  for (const lab of Lab.all()) {
    const pid = /pid(\d+)$/.exec(lab.name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) await lab.down();
  }
}

/** Runs k3sbox from its source where a controller of this lab would be. */
export function k3sbox(lab: Lab, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
  const main = [process.execPath, '--import', import.meta.resolve('tsx'), `${root}/src/cli/main.ts`];
  return lab.exec([...main, ...args], options);
}
