import type { Case, Outcome } from './case.ts';
import { faults } from './catalogue.ts';
import type { JournalledStep } from './lane.ts';
import { continuations, phases } from './matrix.ts';

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

export function toJson(tried: readonly Tried[], steps: readonly JournalledStep[], seconds: number): string {
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
  return `${JSON.stringify({ tried: tried.length, survived, seconds, steps: steps.length, cases }, undefined, 1)}\n`;
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
