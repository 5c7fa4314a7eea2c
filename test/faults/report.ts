import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';

import { z } from 'zod';

import type { Case, Outcome } from './case.ts';
import { faults } from './catalogue.ts';
import type { JournalledStep } from './lane.ts';
import { continuations, nameOf, phases } from './matrix.ts';

export interface Tried {
  readonly one: Case;
  readonly outcome: Outcome;
}

/** How many survived of how many, a row for each fault. */
export function table(tried: readonly Tried[]): string {
  const columns = phases.flatMap((phase) => continuations.map((continuation) => ({ phase, continuation })));
  const header = ['fault', ...columns.map(({ phase, continuation }) => `${phase}, ${continuation}`), 'all'];
  const rows = faults
    .map(({ name, title }) => ({ title, own: tried.filter(({ one }) => one.fault.name === name) }))
    .filter(({ own }) => own.length > 0)
    .map(({ title, own }) =>
      [title].concat(
        columns.map(({ phase, continuation }) =>
          score(own.filter(({ one }) => one.phase === phase && one.continuation === continuation)),
        ),
        score(own),
      ),
    );
  return aligned([header, ...rows]);
}

/** The journalled steps by number, as `--step` takes them. */
export function stepTable(steps: readonly JournalledStep[]): string {
  return aligned(steps.map(({ node, step, say }, i) => [String(i + 1), node, step, say]));
}

/** What was tried, in one run of this program or in several. */
export interface Results {
  readonly tried: readonly Tried[];
  readonly seconds: number;
}

const Written = z.object({
  seconds: z.number(),
  cases: z.array(
    z.object({
      fault: z.string(),
      step: z.number(),
      say: z.string(),
      phase: z.enum(['before', 'during', 'after']),
      continuation: z.enum(['resume', 'rollback']),
      survived: z.boolean(),
      held: z.string(),
      problems: z.array(z.string()),
      seconds: z.number(),
    }),
  ),
});

/** Replaces the file at once: it is whole whenever this program ends. */
export function writeResults(file: string, { tried, seconds }: Results, steps: readonly JournalledStep[]): void {
  const survived = tried.filter(({ outcome }) => outcome.survived).length;
  const cases = tried.map(({ one: { fault, number, step, phase, continuation, form }, outcome }) => ({
    fault: fault.name,
    step: number,
    on: step.node,
    name: step.step,
    say: step.say,
    phase,
    continuation,
    form,
    ...outcome,
  }));
  const results = { tried: tried.length, survived, seconds, steps: steps.length, cases };
  writeFileSync(`${file}.new`, `${JSON.stringify(results, undefined, 1)}\n`);
  renameSync(`${file}.new`, file);
}

/** What a file has of these cases; nothing when there is none. A step that is another one by now was not tried. */
export function readResults(file: string, cases: readonly Case[]): Results {
  if (!existsSync(file)) return { tried: [], seconds: 0 };
  const { seconds, cases: written } = Written.parse(JSON.parse(readFileSync(file, 'utf8')));
  const outcomes = new Map(
    written.map(({ fault, step, say, phase, continuation, ...outcome }) => [
      `${say} ${nameOf({ fault: { name: fault }, number: step, phase, continuation })}`,
      outcome,
    ]),
  );
  const tried = cases.flatMap((one) => {
    const outcome = outcomes.get(`${one.step.say} ${nameOf(one)}`);
    return outcome === undefined ? [] : [{ one, outcome }];
  });
  return { tried, seconds };
}

function score(tried: readonly Tried[]): string {
  if (tried.length === 0) return '-';
  return `${tried.filter(({ outcome }) => outcome.survived).length}/${tried.length}`;
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => cell.padEnd(widths[i] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
