import type { CaseResult } from './case-result.ts';

interface Row {
  readonly module: string;
  readonly cases: number;
  readonly right: number;
  readonly unknown: number;
  readonly acting: number;
  readonly lies: number;
}

/** The figures of all rounds. */
export interface Figures {
  readonly rows: readonly Row[];
  readonly total: Row;
  /** "plan said what run did: ..." */
  readonly headline: string;
}

/** A case counts once, by the worst of its tasks. */
export function figuresOf(results: readonly CaseResult[]): Figures {
  const modules = [...new Set(results.map(({ numbered }) => numbered.case.module))].toSorted();
  const rows = modules.map((module) =>
    rowOf(
      module,
      results.filter(({ numbered }) => numbered.case.module === module),
    ),
  );
  const total = rowOf('all', results);
  const percent = Math.floor((1000 * (total.cases - total.lies)) / Math.max(1, total.cases)) / 10;
  const headline = `plan said what run did: ${total.cases - total.lies} of ${total.cases} cases (${percent} %), ${total.unknown} of them marked unknown, ${total.acting} failed only in the act`;
  return { rows, total, headline };
}

function rowOf(module: string, results: readonly CaseResult[]): Row {
  const kinds = results.map(kindOf);
  const count = (kind: string): number => kinds.filter((own) => own === kind).length;
  return {
    module,
    cases: results.length,
    right: count('right'),
    unknown: count('unknown'),
    acting: count('acting'),
    lies: count('lie'),
  };
}

function kindOf({ tasks, wrong }: CaseResult): 'right' | 'unknown' | 'acting' | 'lie' {
  const has = (verdict: string): boolean => tasks.some((task) => task.verdict === verdict);
  if (wrong.length > 0 || has('lie')) return 'lie';
  if (has('unknown')) return 'unknown';
  return has('acting') ? 'acting' : 'right';
}

/** Lines about every lie. */
export function liesOf(results: readonly CaseResult[]): readonly string[] {
  return results
    .filter((result) => kindOf(result) === 'lie')
    .flatMap(({ tasks, wrong, numbered: { id, case: own } }) => {
      const said = tasks
        .filter(({ verdict }) => verdict === 'lie')
        .map(({ name, why }) => `    ${name.slice(5)}: ${why}`);
      return [`${id} ${own.module}: ${own.asks} (${own.state})`].concat(
        said,
        wrong.map((text) => `    ${text}`),
      );
    });
}

/** What was not known, and what failed in the act: module and why, with how many cases. */
export function reasonsOf(results: readonly CaseResult[], verdict: 'unknown' | 'acting'): readonly string[] {
  const counts = new Map<string, number>();
  for (const result of results) {
    if (kindOf(result) !== verdict) continue;
    const { tasks, numbered } = result;
    const why = tasks.find((task) => task.verdict === verdict)?.why ?? '';
    const key = `${numbered.case.module}: ${why.replaceAll(/\/fid\/\d{4}/g, '...').replaceAll(/\d{4,}/g, 'N')}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  return [...counts].map(([key, count]) => `${count} × ${key}`);
}

/** The table as Markdown. */
export function tableOf({ rows, total }: Figures): readonly string[] {
  return [
    '| module | cases | right | marked unknown | failed in the act | wrong |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(cells),
    cells(total),
  ];
}

function cells({ module, cases, right, unknown, acting, lies }: Row): string {
  return `| ${[module, cases, right, unknown, acting, lies].join(' | ')} |`;
}
