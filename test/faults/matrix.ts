import type { Case, Phase } from './case.ts';
import { type Continuation, faults } from './catalogue.ts';
import type { JournalledStep } from './lane.ts';

/** What a person asked for; undefined members mean everything. */
export interface Selection {
  readonly quick?: boolean;
  readonly only?: readonly string[];
  readonly step?: readonly string[];
  readonly phase?: readonly string[];
  readonly continue?: readonly string[];
}

export const phases: readonly Phase[] = ['before', 'during', 'after'];
export const continuations: readonly Continuation[] = ['resume', 'rollback'];

/** Every fault before, during and after every step, for each way to go on; or what is selected of them. */
export function casesOf(steps: readonly JournalledStep[], selection: Selection): readonly Case[] {
  const all = steps.flatMap((step, index) =>
    phases.flatMap((phase, p) =>
      continuations.flatMap((continuation, c) => {
        const form = (index + p + c) % 2 === 0 ? 0 : 1;
        return faults.map((fault): Case => ({ fault, number: index + 1, step, phase, continuation, form }));
      }),
    ),
  );
  const wanted = all.filter(
    ({ fault, number, phase, continuation }) =>
      has(selection.only, fault.name) &&
      has(selection.step, String(number)) &&
      has(selection.phase, phase) &&
      has(selection.continue, continuation),
  );
  return selection.quick === true ? sample(wanted, steps.length) : wanted;
}

/** In an order in which what is learned first is about all kinds of cases. */
export function spread(cases: readonly Case[]): Case[] {
  const stride = 47;
  return Array.from({ length: stride }, (_, i) => cases.filter((__, index) => index % stride === i)).flat();
}

function has(wanted: readonly string[] | undefined, value: string): boolean {
  return wanted === undefined || wanted.includes(value);
}

/** For each fault and continuation two cases, at points that are spread over the play. */
function sample(cases: readonly Case[], steps: number): readonly Case[] {
  const points = faults.flatMap((fault, f) =>
    continuations.flatMap((continuation, c) =>
      [0, 1].map((turn) => ({
        fault,
        continuation,
        number: 1 + ((f * 7 + c * 13 + turn * 19) % steps),
        phase: phases[(f + c + turn) % phases.length],
      })),
    ),
  );
  return cases.filter((one) =>
    points.some(
      ({ fault, continuation, number, phase }) =>
        one.fault === fault && one.continuation === continuation && one.number === number && one.phase === phase,
    ),
  );
}
