import type { Case, Phase } from './case.ts';
import { type Continuation, faults } from './catalogue.ts';
import type { JournalledStep } from './lane.ts';

/** What a person asked for; undefined members mean everything. */
export interface Selection {
  readonly quick?: boolean;
  readonly smoke?: boolean;
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
  if (selection.quick === true) return sample(wanted, steps.length);
  return selection.smoke === true ? sample(wanted, steps.length).filter((_, i) => isOne(i)) : wanted;
}

/** One case in words that repeat it. */
export function nameOf({
  fault,
  number,
  phase,
  continuation,
}: Pick<Case, 'number' | 'phase' | 'continuation'> & { readonly fault: { readonly name: string } }): string {
  return `--only ${fault.name} --step ${number} --phase ${phase} --continue ${continuation}`;
}

/** In an order in which what is learned first is about all kinds of cases. */
export function spread(cases: readonly Case[]): Case[] {
  const stride = 47;
  return Array.from({ length: stride }, (_, i) => cases.filter((__, index) => index % stride === i)).flat();
}

/** One of the two of each fault in a sample; the ways to go on take turns. */
function isOne(index: number): boolean {
  return index % 2 === Math.floor(index / 2) % 2;
}

function has(wanted: readonly string[] | undefined, value: string): boolean {
  return wanted === undefined || wanted.includes(value);
}

/** For each fault and continuation one case, at points that are spread over the play; in the order of the faults. */
function sample(cases: readonly Case[], steps: number): readonly Case[] {
  return faults.flatMap((fault, f) =>
    continuations.flatMap((continuation, c) => {
      const number = 1 + ((f * 7 + c * 13) % steps);
      const phase = phases[(f + c) % phases.length] ?? 'during';
      const wanted = nameOf({ fault, continuation, number, phase });
      return cases.filter((one) => nameOf(one) === wanted);
    }),
  );
}
