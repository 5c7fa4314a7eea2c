import type { ReportedError, ReportedHost, RunFacts, RunReport, Story, Verdict } from './run-report.ts';

/** What `report` writes as `.json`: a run in short, for programs. docs/reports.md explains it. */
export interface RunSummary {
  readonly format: 1;
  readonly run: string;
  readonly title: string;
  readonly verdict: Verdict;
  /** Of the last phase; null when it never came to its end. */
  readonly exitCode: number | null;
  /** ISO 8601, as `ended`. */
  readonly started: string;
  readonly ended: string;
  /** At work: the time between a run and its later rollback does not count. */
  readonly elapsedMs: number;
  readonly facts: RunFacts;
  readonly phases: readonly PhaseSummary[];
  readonly hosts: Readonly<Record<string, Omit<ReportedHost, 'name' | 'takenBack'>>>;
  readonly stories: readonly StorySummary[];
  readonly warnings: readonly { readonly message: string; readonly hint?: string; readonly hosts: readonly string[] }[];
  readonly slowTasks: readonly {
    readonly task: string;
    readonly id: string;
    readonly host: string;
    readonly slowestMs: number;
    readonly meanMs: number;
  }[];
  readonly slowHosts: readonly { readonly host: string; readonly totalMs: number }[];
  readonly next: RunReport['next'];
}

interface PhaseSummary {
  readonly mode: string;
  readonly resumed: boolean;
  readonly started: string;
  readonly elapsedMs: number;
  readonly exitCode: number | null;
}

interface StorySummary {
  readonly hosts: readonly string[];
  readonly status: string;
  readonly task?: string;
  /** Why, once for all hosts that tell the same. */
  readonly errors: readonly (ErrorSummary & { readonly hosts: readonly string[] })[];
  readonly undone: readonly { readonly say: string; readonly error?: ErrorSummary }[];
  readonly standing: readonly {
    readonly say: string;
    readonly task: string;
    readonly state: string;
    readonly reversible: boolean;
  }[];
}

interface ErrorSummary {
  readonly code: string;
  readonly message: string;
  readonly hint?: string;
  readonly command?: string;
  readonly output?: string;
}

/** The report without the single results. */
export function summariseRun(report: RunReport): RunSummary {
  const { facts, title, verdict, phases, elapsedMs, next } = report;
  const isoAt = (ms: number): string => new Date(report.from + ms).toISOString();
  const hostName = (host: number): string => report.hosts[host]?.name ?? '';
  const text = (index: number): string => report.texts[index] ?? '';
  return {
    format: 1,
    run: facts.run,
    title,
    verdict,
    exitCode: phases.at(-1)?.exitCode ?? null,
    started: isoAt(0),
    ended: isoAt(phases.at(-1)?.toMs ?? 0),
    elapsedMs,
    facts,
    phases: phases.map(({ mode, isResumed, fromMs, toMs, exitCode }) => ({
      mode,
      resumed: isResumed,
      started: isoAt(fromMs),
      elapsedMs: toMs - fromMs,
      exitCode: exitCode ?? null,
    })),
    hosts: Object.fromEntries(
      report.hosts.map(({ name, status, ok, changed, skipped, failed, undone }) => [
        name,
        { status, ok, changed, skipped, failed, undone },
      ]),
    ),
    stories: report.stories.map((story) => storySummary(story, report)),
    warnings: report.warnings.map(({ message, hint, hosts }) => ({
      message: text(message),
      ...(hint !== undefined && { hint: text(hint) }),
      hosts: hosts.map(hostName),
    })),
    slowTasks: report.slowTasks.map(({ task, slowestHost, slowestMs, meanMs }) => ({
      task: report.tasks[task]?.name ?? '',
      id: report.tasks[task]?.id ?? '',
      host: hostName(slowestHost),
      slowestMs,
      meanMs,
    })),
    slowHosts: report.slowHosts.map(({ host, totalMs }) => ({ host: hostName(host), totalMs })),
    next,
  };
}

function storySummary(
  { hosts, status, task: failed, reasons, undone, standing }: Story,
  report: RunReport,
): StorySummary {
  const text = (index: number): string => report.texts[index] ?? '';
  const task = failed === undefined ? undefined : report.tasks[failed]?.name;
  const names = (of: readonly number[]): string[] => of.map((host) => report.hosts[host]?.name ?? '');
  return {
    hosts: names(hosts),
    status,
    ...(task !== undefined && { task }),
    errors: reasons.flatMap(({ detail, hosts: of }) => {
      const error = report.details[detail]?.error;
      return error === undefined ? [] : [{ hosts: names(of), ...errorSummary(error, report) }];
    }),
    undone: undone.map((undo) => ({
      say: text(undo.say),
      ...(undo.error && { error: errorSummary(undo.error, report) }),
    })),
    standing: standing.map(({ say, task: of, state, isReversible }) => ({
      say: text(say),
      task: of,
      state,
      reversible: isReversible,
    })),
  };
}

function errorSummary({ code, message, hint, command, output }: ReportedError, { texts }: RunReport): ErrorSummary {
  const text = (index: number): string => texts[index] ?? '';
  return {
    code,
    message: text(message),
    ...(hint !== undefined && { hint: text(hint) }),
    ...(command !== undefined && { command: text(command) }),
    ...(output !== undefined && { output: text(output) }),
  };
}
