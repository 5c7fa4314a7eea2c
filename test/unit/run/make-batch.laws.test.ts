import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import type { Step } from '../../../src/base/op.ts';
import type { Answered } from '../../../src/host/guard.ts';
import { queryKey } from '../../../src/host/query-groups.ts';
import type { Batch } from '../../../src/run/make-batch.ts';
import {
  batchOf,
  exec,
  makeFolder,
  readsPath,
  readsProbe,
  type Sketch,
  toItem,
  write,
} from '../../helpers/batch-sketch.ts';

const names = ['/a', '/a/b', '/a/b/c', '/d'] as const;
const anyPath = fc.constantFrom(...names);
const anySketch: fc.Arbitrary<Sketch> = fc.record({
  reads: fc.array(fc.oneof(anyPath.map(readsPath), fc.constant(readsProbe)), { maxLength: 2 }),
  does: fc.array(fc.oneof(anyPath.map(write), anyPath.map(makeFolder), fc.constant(exec)), { maxLength: 3 }),
});

/** Whether a step may change what was read. What only makes folders can stand below what is made: that changes nothing there. */
function mayChange({ do: op }: Step, { query }: Answered, makesFolders: boolean): boolean {
  if (op.kind === 'exec' || query.kind !== 'path') return true;
  const changed = 'path' in op ? op.path : '';
  if (makesFolders && op.kind === 'directory') return `${changed}/`.startsWith(`${query.path}/`);
  return [`${changed}/`, `${query.path}/`].some((one, i, both) => one.startsWith(both[1 - i] ?? ''));
}

describe('whatever is planned', () => {
  const anyPlan = fc.array(anySketch, { maxLength: 6 });
  const check = (law: (batch: Batch, sketches: readonly Sketch[]) => void): void => {
    expect.hasAssertions();
    fc.assert(fc.property(anyPlan, (sketches) => law(batchOf(sketches), sketches)));
  };

  test('every step is done once, in order', () => {
    check(({ groups, itemOf }, sketches) => {
      const steps = groups.flatMap((group) => group.steps);
      expect(steps.map(({ step }) => step)).toEqual(sketches.flatMap((sketch, i) => toItem(sketch, i).steps));
      expect(steps.map(({ step, id }) => step.say === `step of ${itemOf.get(id)}`)).not.toContain(false);
    });
  });

  test('a path changes once in a group', () => {
    check(({ groups }) => {
      for (const { steps } of groups) {
        const paths = steps.flatMap(({ step: { do: op } }) => ('path' in op ? [op.path] : []));
        expect(new Set(paths).size).toBe(paths.length);
      }
    });
  });

  test('what an item rests on is guarded behind the last step before it that may change it', () => {
    check((batch, sketches) => {
      const unsafe = sketches.flatMap(({ reads = [], does = [] }, item) => {
        const makesFolders = does.length > 0 && does.every((op) => 'kind' in op && op.kind === 'directory');
        return reads.filter((read) => !isSafe(batch, item, read, makesFolders));
      });
      expect(unsafe).toEqual([]);
    });
  });
});

/** Whether a guard on the read stands between the steps that may change it and the item's own. */
function isSafe({ groups, itemOf }: Batch, item: number, read: Answered, makesFolders: boolean): boolean {
  const groupsWith = (fits: (stepItem: number, step: Step) => boolean): number[] =>
    [...groups.keys()].filter((g) => groups[g]?.steps.some(({ id, step }) => fits(itemOf.get(id) ?? -1, step)));
  const lastHarm = groupsWith((stepItem, step) => stepItem < item && mayChange(step, read, makesFolders)).at(-1);
  if (lastHarm === undefined) return true;
  const [own = groups.length] = groupsWith((stepItem) => stepItem === item);
  return [...groups.entries()].some(
    ([g, { guard }]) =>
      g > lastHarm && g <= own && guard?.queries.some((query) => queryKey(query) === queryKey(read.query)),
  );
}
