import { formatDuration } from '../base/duration.ts';
import type { HostSummary, RunEvent } from '../base/event.ts';
import { historyOf } from '../journal/history.ts';
import { lastEventOf, listRuns, openRun, runMarksOf, type StoredRun } from '../journal/run-store.ts';
import type { Style } from '../report/style.ts';
import { count, exitWords } from '../report/words.ts';
import { type Cli, printLine, styleOf } from './cli.ts';
import { isAlive } from './run-alive.ts';

export interface ListOptions {
  readonly failed?: boolean;
  readonly number?: number;
  readonly output: 'plain' | 'json';
}

/** A run in a list; `--output json` prints these. docs/reports.md explains them. */
interface ListedRun {
  readonly run: string;
  /** ISO 8601. */
  readonly started: string;
  readonly mode: string;
  readonly state: 'running' | 'stopped' | 'finished';
  /** Of the run, not of a later rollback; null when it never came to its end. */
  readonly exitCode: number | null;
  /** Of the last rollback of the run; null when there was none, or it never came to its end. */
  readonly rollbackExitCode: number | null;
  /** How it ended, in words. */
  readonly ended: string;
  /** From its beginning to its own end; a later rollback does not count. */
  readonly elapsedMs: number;
  readonly hosts: number;
  /** Tasks, summed up over all hosts. */
  readonly changed: number;
  readonly failed: number;
  readonly playbooks: readonly string[];
  readonly inventories: readonly string[];
}

type Finished = Extract<RunEvent, { type: 'run-finished' }>;

/** A line a run, newest first: id, local time, mode, how it ended, how long it took, what it did, what it ran. */
export function listRecordedRuns(cli: Cli, { failed, number, output }: ListOptions): void {
  const listed: ListedRun[] = [];
  for (const stored of listRuns(cli.io.cwd)) {
    if (listed.length === number) break;
    const run = listedRun(stored, cli.io.cwd);
    if (failed !== true || hasFailed(run)) listed.push(run);
  }
  if (output === 'json') {
    printLine(cli, JSON.stringify(listed, undefined, 2));
    return;
  }
  const width = Math.max(0, ...listed.map(({ ended }) => ended.length));
  for (const run of listed) printLine(cli, lineOf(run, width, styleOf(cli)));
}

function listedRun(stored: StoredRun, cwd: string): ListedRun {
  const { id, started, mode, playbooks, inventories, hosts } = stored.record;
  const { finished, rollback } = endsOf(runMarksOf(stored));
  const last = lastEventOf(stored);
  const state = last?.type === 'run-finished' ? 'finished' : unfinishedState(stored);
  const rollbackExitCode = rollback?.exitCode ?? null;
  const end = Date.parse(finished?.time ?? last?.time ?? '') - Date.parse(started);
  return {
    run: id,
    started,
    mode,
    state,
    exitCode: finished?.exitCode ?? null,
    rollbackExitCode,
    ended: endedWords(state, finished?.exitCode, rollback?.exitCode),
    elapsedMs: Number.isFinite(end) ? Math.max(0, end) : 0,
    hosts: hosts.length,
    ...sumsOf(finished === undefined ? historySummaries(id, cwd) : Object.values(finished.hosts)),
    playbooks,
    inventories,
  };
}

/** The last end of the run itself, and that of a rollback which came after it. */
function endsOf(marks: readonly RunEvent[]): {
  readonly finished: Finished | undefined;
  readonly rollback: Finished | undefined;
} {
  let isRollback = false;
  let finished: Finished | undefined;
  let rollback: Finished | undefined;
  for (const mark of marks) {
    if (mark.type === 'run-started') {
      isRollback = mark.mode === 'rollback';
      rollback = undefined;
      // Resumed, its earlier end is none any more.
      if (!isRollback) finished = undefined;
    }
    if (mark.type !== 'run-finished') continue;
    if (isRollback) rollback = mark;
    else finished = mark;
  }
  return { finished, rollback };
}

function unfinishedState(stored: StoredRun): 'running' | 'stopped' {
  return isAlive(stored) ? 'running' : 'stopped';
}

function endedWords(state: ListedRun['state'], exitCode: number | undefined, rollback: number | undefined): string {
  if (state !== 'finished') return state === 'running' ? 'running' : 'stopped in the middle';
  const words = exitCode === undefined ? 'stopped in the middle' : exitWords(exitCode);
  if (rollback === undefined) return words;
  return rollback === 0 ? `${words}, taken back` : `${words}, rollback: ${exitWords(rollback)}`;
}

/** Nobody has summed up what was cut off: this reads all of its journal. */
function historySummaries(id: string, cwd: string): readonly Omit<HostSummary, 'status'>[] {
  return Array.from(historyOf(openRun(cwd, id).events).hosts.values(), ({ counts }) => counts);
}

function sumsOf(hosts: readonly Omit<HostSummary, 'status'>[]): Pick<ListedRun, 'changed' | 'failed'> {
  return {
    changed: hosts.reduce((sum, { changed }) => sum + changed, 0),
    failed: hosts.reduce((sum, { failed }) => sum + failed, 0),
  };
}

function hasFailed({ state, exitCode, rollbackExitCode }: ListedRun): boolean {
  if (state !== 'finished') return state === 'stopped';
  return exitCode !== 0 || (rollbackExitCode ?? 0) !== 0;
}

function lineOf(listed: ListedRun, width: number, style: Style): string {
  const { run, started, mode, ended, elapsedMs, hosts, changed, failed, playbooks } = listed;
  const when = new Date(started).toLocaleString('sv-SE');
  const fine = listed.state === 'running' ? style.changed : style.good;
  const paint = hasFailed(listed) ? style.bad : fine;
  const took = formatDuration(elapsedMs).padStart(7);
  const counts = `${`changed=${changed}`.padEnd(12)}  ${`failed=${failed}`.padEnd(9)}`;
  return [
    run,
    when,
    mode.padEnd(5),
    paint(ended.padEnd(width)),
    took,
    count(hosts, 'host').padEnd(9),
    counts,
    playbooks.join(' '),
  ].join('  ');
}
