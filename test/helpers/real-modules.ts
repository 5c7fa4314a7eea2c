import type { z } from 'zod';

import type { Answered } from '../../src/host/guard.ts';
import { makeGuard } from '../../src/host/guard.ts';
import type { Host } from '../../src/host/host.ts';
import type { Module, Planned } from '../../src/modules/module.ts';
import { FileStore } from '../../src/plan/local-files.ts';
import { planSegment } from '../../src/run/plan-segment.ts';
import { at, fakeScope } from './plan-module.ts';

interface RealPlan {
  readonly planned: Planned;
  readonly reads: readonly Answered[];
}

/** Plans one task against a real host. Local files are those of a folder. */
export async function planOn<Schema extends z.ZodType>(
  host: Host,
  module: Module<Schema>,
  args: z.input<Schema>,
  localFolder = '/nonexistent',
): Promise<RealPlan> {
  const item = {
    plan: (reader: Parameters<typeof module.plan>[0]['host']): Promise<Planned> =>
      module.plan({
        args: module.args.parse(args),
        host: reader,
        files: new FileStore().within([localFolder]),
        vars: fakeScope({}),
        // What a module keeps for itself goes below the home folder then.
        user: 'tester',
        dryRun: false,
        unique: crypto.randomUUID().replaceAll('-', ''),
        at,
      }),
  };
  const { items, failure } = await planSegment([item], {
    host: host.name,
    user: 'root',
    read: (queries) => host.read(queries, undefined),
  });
  if (failure !== undefined) throw failure.error;
  const [first] = items;
  if (first === undefined) throw new Error('nothing was planned');
  return { planned: first.planned, reads: first.reads };
}

/** Carries a plan out as one group behind its guard; resolves with the exit codes and what was printed. */
export async function performOn(host: Host, { planned, reads }: RealPlan, run = 'r1'): Promise<string> {
  const id = host.groups.next(undefined);
  const steps = planned.steps.map((step, i) => ({ id: `${id}.${i}`, step }));
  const { results, changedGroup } = await host.act([{ id, guard: makeGuard(reads), steps }], undefined, { run });
  if (changedGroup !== undefined) throw new Error('the guard did not hold');
  const failed = results.find(({ exitCode }) => exitCode !== 0);
  return failed === undefined ? 'done' : `failed: ${failed.stderr.trim()}`;
}
