import { sanitise } from '../../base/text.ts';
import type { HostSummary, RunEvent } from '../../base/event.ts';
import { DetailTable } from './detail-table.ts';
import { endingFailures, hasFailed } from './failures.ts';
import type { HostOutcome } from './host-outcome.ts';
import { PhaseLog } from './phase-log.ts';
import { type RawResult, ResultLog } from './result-log.ts';
import { RollbackLog } from './rollback-log.ts';
import {
  type ReportedHost,
  type ReportedWarning,
  type Result,
  resultStatuses,
  type RunFacts,
  type RunReport,
} from './run-report.ts';
import { slowHostsOf, slowTasksOf } from './slowest.ts';
import { storiesOf } from './stories.ts';
import { TextTable } from './text-table.ts';
import { nextCommands, verdictOf } from './verdict.ts';

/** What all texts may cost in a page. Numbers and names come on top: about 1.5 MB for 500 hosts and 60 tasks. */
const textBytes = 6 << 20;

export interface ReportSources {
  readonly facts: RunFacts;
  readonly events: readonly RunEvent[];
  /** What the journal says of each host at its end, in the order of the inventory. */
  readonly outcomes: readonly HostOutcome[];
}

/** Makes what the page and the summary of a run show. Pure; a journal that ends anywhere is as good as a whole one. */
export function buildRunReport({ facts, events, outcomes }: ReportSources): RunReport {
  const hostNumbers = new Map(outcomes.map(({ host }, i) => [host, i]));
  const hostIndex = (host: string): number => hostNumbers.get(host) ?? -1;
  const time = new PhaseLog(hostIndex);
  const log = new ResultLog();
  const rollbacks = new RollbackLog(hostIndex);
  for (const event of events) {
    time.note(event);
    log.note(event, time);
    rollbacks.note(event, time);
  }
  log.close();
  const tasks = log.tasks();
  const taskNumbers = new Map(tasks.map(({ id }, i) => [id, i]));
  const taskIndex = (id: string): number => taskNumbers.get(id) ?? -1;
  const texts = new TextTable(textBytes);
  const details = new DetailTable(texts);
  const failures = endingFailures(log.results(), outcomes, events);
  const stories = storiesOf({ outcomes, failures, rollbacks, taskIndex, details, texts });
  const warnings = warningsOf(events, hostIndex, texts);
  const results = resultsOf(log.results(), { hostIndex, taskIndex, details });
  const phases = time.phases();
  const hosts = hostsOf(outcomes, events, results, taskIndex);
  const codes = new Set(outcomes.flatMap(({ error }) => error?.code ?? []));
  const ending = { facts, phases, hosts, hasActed: outcomes.some(({ steps }) => steps.length > 0), codes };
  return {
    format: 1,
    facts,
    title: titleOf(facts, events),
    verdict: verdictOf(ending),
    next: nextCommands(ending),
    from: time.from ?? Date.parse(facts.started),
    elapsedMs: phases.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0),
    phases,
    plays: time.plays.map(sanitise),
    tasks,
    hosts,
    results,
    details: details.details,
    rollbacks: rollbacks.rollbacks,
    deadmen: rollbacks.deadmen,
    stories,
    warnings,
    slowTasks: slowTasksOf(results),
    slowHosts: slowHostsOf(results),
    texts: texts.texts,
    leftOut: texts.leftOut,
  };
}

function titleOf({ playbooks }: RunFacts, events: readonly RunEvent[]): string {
  const started = events.find((event) => event.type === 'run-started' && event.mode !== 'rollback');
  return sanitise(started?.type === 'run-started' ? started.title : playbooks.join(' '));
}

/** What is worth most comes first. */
function rank(result: RawResult): number {
  return hasFailed(result) || result.status === 'open' ? 0 : 1;
}

interface Numbering {
  readonly hostIndex: (host: string) => number;
  readonly taskIndex: (id: string) => number;
  readonly details: DetailTable;
}

/** In the order they happened; where texts are scarce, failures come first. */
function resultsOf(raw: readonly RawResult[], { hostIndex, taskIndex, details }: Numbering): readonly Result[] {
  const numbers = new Map(
    raw.toSorted((a, b) => rank(a) - rank(b)).map((result) => [result, details.of(result)] as const),
  );
  return raw.map((result): Result => {
    const { host, id, status, phase, startMs, elapsedMs } = result;
    return [
      hostIndex(host),
      taskIndex(id),
      resultStatuses.indexOf(status),
      phase,
      Math.round(startMs),
      Math.round(elapsedMs),
      numbers.get(result) ?? -1,
    ];
  });
}

function hostsOf(
  outcomes: readonly HostOutcome[],
  events: readonly RunEvent[],
  results: readonly Result[],
  taskIndex: (id: string) => number,
): readonly ReportedHost[] {
  const told = summariesOf(events);
  const counted = countsOf(results, outcomes.length);
  return outcomes.map((outcome, i) => {
    const { host, status, counts } = outcome;
    const { ok, changed, skipped, failed } = told.get(host) ?? counted[i] ?? counts;
    const takenBack = takenBackOf(outcome).map(taskIndex);
    return {
      name: sanitise(host),
      status,
      ok,
      changed,
      skipped,
      // What a block has rescued has not failed.
      failed: status === 'ok' ? 0 : failed,
      undone: counts.undone,
      ...(takenBack.length > 0 && { takenBack }),
    };
  });
}

/** As the run told them at its end; not of runs that were resumed, which tell only their own part. */
function summariesOf(events: readonly RunEvent[]): ReadonlyMap<string, HostSummary> {
  const goes = events.filter((event) => event.type === 'run-started' && event.mode !== 'rollback').length;
  if (goes !== 1) return new Map();
  const finished = events.find((event) => event.type === 'run-finished');
  const isRollback = events.find((event) => event.type === 'run-started');
  if (finished?.type !== 'run-finished') return new Map();
  if (isRollback?.type === 'run-started' && isRollback.mode === 'rollback') return new Map();
  return new Map(Object.entries(finished.hosts));
}

/** What is known of each host when nobody has summed it up: how each of its tasks ended the last time. */
function countsOf(results: readonly Result[], hosts: number): readonly Omit<HostSummary, 'status' | 'undone'>[] {
  const last = Array.from({ length: hosts }, () => new Map<number, number>());
  for (const [host, task, status] of results) last[host]?.set(task, status);
  return last.map((tasks) => {
    const statuses = [...tasks.values()].map((status) => resultStatuses[status]);
    const count = (...wanted: readonly unknown[]): number =>
      statuses.filter((status) => wanted.includes(status)).length;
    return {
      // As the recap counts, and Ansible: what changed is ok, too.
      ok: count('ok', 'changed', 'ignored'),
      changed: count('changed'),
      skipped: count('skipped'),
      failed: count('failed', 'unreachable'),
    };
  });
}

/** The ids of tasks whose every change is gone again. */
function takenBackOf({ steps }: HostOutcome): readonly string[] {
  const acted = steps.filter(({ state }) => state !== 'unchanged');
  const standing = new Set(acted.filter(({ state }) => state !== 'undone').map(({ id }) => id));
  return [...new Set(acted.map(({ id }) => id))].filter((id) => !standing.has(id));
}

function warningsOf(
  events: readonly RunEvent[],
  hostIndex: (host: string) => number,
  texts: TextTable,
): readonly ReportedWarning[] {
  const warnings = new Map<string, { warning: Omit<ReportedWarning, 'hosts'>; hosts: Set<number> }>();
  for (const event of events) {
    if (event.type !== 'warning') continue;
    const { message, hint, host } = event;
    const warning = { message: texts.add(message), ...(hint !== undefined && { hint: texts.add(hint) }) };
    const key = JSON.stringify(warning);
    const known = warnings.get(key) ?? { warning, hosts: new Set<number>() };
    warnings.set(key, known);
    if (host !== undefined) known.hosts.add(hostIndex(host));
  }
  return Array.from(warnings.values(), ({ warning, hosts }) => ({ ...warning, hosts: [...hosts] }));
}
